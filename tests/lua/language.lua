-- SPDX-License-Identifier: BSD-2-Clause
-- Statements, scopes, functions, metatables.

case("scopes and closures", function()
    local made = {}
    for i = 1, 3 do
        local x = i * 10
        made[i] = {get = function() return x + i end, add = function(n) x = x + n end}
    end
    made[1].add(5)
    same(made[1].get(), 16)
    same(made[2].get(), 22)
    local function counter()
        local n = 0
        return function() n = n + 1; return n end
    end
    local a, b = counter(), counter()
    a(); a()
    same(a(), 3)
    same(b(), 1)
end)

case("loops", function()
    local sum = 0
    for i = 10, 1, -3 do sum = sum * 100 + i end
    same(sum, 10070401)
    local n = 0
    for _ = math.maxinteger - 1, math.maxinteger do n = n + 1 end
    same(n, 2)
    fails("'for' step is zero", function() for _ = 1, 2, 0 do end end)
    local i = 0
    repeat local done = i >= 4; i = i + 1 until done
    same(i, 5)
    for f = 1.0, 2 do same(math.type(f), "float") end
end)

case("goto", function()
    local seen = {}
    for i = 1, 3 do
        for j = 1, 3 do
            if j == 2 then goto continue end
            seen[#seen + 1] = i .. j
            ::continue::
        end
    end
    same(table.concat(seen, " "), "11 13 21 23 31 33")
    assert(not load("goto nowhere"))
    assert(not load("do ::a:: end goto a"))
end)

case("varargs and results", function()
    local function pass(...) return select("#", ...), ... end
    same(select("#", pass()), 1)
    same((pass(nil, nil)), 2)
    same(select(-1, 1, 2, 3), 3)
    local packed = table.pack(pass(1, nil, 3))
    same(packed.n, 4)
    same(packed[4], 3)
    local function tail(n) if n == 0 then return "end" end return tail(n - 1) end
    same(tail(100000), "end")
end)

case("logic and precedence", function()
    same(nil and 1 or 2, 2)
    same(false == nil, false)
    same(2 ^ 3 ^ 2, 512.0)
    same(-2 ^ 2, -4.0)
    same(not nil == true, true)
    same(1 .. 2 .. 3, "123")
    same(7 & 3 | 8 ~ 1, 11)
    same("a" < "b" and "Z" < "a", true)
end)

case("metatables", function()
    local vector = {}
    vector.__index = vector
    vector.__add = function(a, b) return setmetatable({x = a.x + b.x}, vector) end
    vector.__eq = function(a, b) return a.x == b.x end
    vector.__lt = function(a, b) return a.x < b.x end
    vector.__le = function(a, b) return a.x <= b.x end
    vector.__len = function(a) return a.x end
    vector.__call = function(a, y) return a.x * y end
    vector.__concat = function(a, b) return "v" .. (type(a) == "table" and a.x or a) end
    vector.__tostring = function(a) return "<" .. a.x .. ">" end
    vector.__name = "vector"
    local a, b = setmetatable({x = 2}, vector), setmetatable({x = 3}, vector)
    same((a + b).x, 5)
    assert(a ~= b and a == setmetatable({x = 2}, vector) and a < b and a <= b and not (a > b))
    same(#a, 2)
    same(a(21), 42)
    same(a .. b, "v2")
    same(tostring(b), "<3>")
    fails("attempt to perform arithmetic on a vector value", function() return a - b end)
end)

case("index and newindex", function()
    local log = {}
    local proxy = setmetatable({}, {
        __index = function(_, key) return key .. "?" end,
        __newindex = function(t, key, value) log[#log + 1] = key; rawset(t, key, value) end,
    })
    same(proxy.a, "a?")
    proxy.b = 1
    proxy.b = 2
    same(table.concat(log, ","), "b")
    same(proxy.b, 2)
    local chain = setmetatable({}, {__index = setmetatable({deep = 1}, {__index = {deeper = 2}})})
    same(chain.deep + chain.deeper, 3)
    assert(getmetatable("").__index == string)
    same(getmetatable(setmetatable({}, {__metatable = "kept"})), "kept")
end)

case("to-be-closed and constant variables", function()
    local order = {}
    local function closing(name)
        return setmetatable({}, {__close = function(_, why)
            order[#order + 1] = name .. tostring(why)
        end})
    end
    do
        local one <close> = closing("a")
        local two <close> = closing("b")
        order[#order + 1] = "body"
    end
    same(table.concat(order, " "), "body bnil anil")
    pcall(function() local x <close> = closing("c"); error("E", 0) end)
    same(order[4], "cE")
    assert(not load("local x <const> = 1; x = 2"))
end)

case("load", function()
    local environment = {}
    assert(load("x = 1; y = x + 1", "chunk", "t", environment))()
    same(environment.y, 2)
    local parts, at = {"return ", "4", "2"}, 0
    same(load(function() at = at + 1; return parts[at] end)(), 42)
    local binary = string.dump(function(n) return n * 2 end)
    same(load(binary, "b", "b")(21), 42)
    assert(not load(binary, "b", "t"))
    local _, why = load("x = = 1", "=name")
    same(why, "name:1: unexpected symbol near '='")
end)

case("many constants, locals and nested functions", function()
    local text = {"return {"}
    for i = 1, 70000 do text[#text + 1] = i + 0.5 .. "," end
    text[#text + 1] = "}"
    local list = assert(load(table.concat(text)))()
    same(list[70000], 70000.5)
    local locals = {}
    for i = 1, 201 do locals[i] = "local v" .. i .. " = 1" end
    local _, why = load(table.concat(locals, "\n"))
    assert(why:find("too many local variables"))
    local _, deep = load(string.rep("(", 300) .. "1" .. string.rep(")", 300))
    assert(deep:find("C stack overflow") or deep:find("overflow"))
end)
