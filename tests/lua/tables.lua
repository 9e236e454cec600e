-- SPDX-License-Identifier: BSD-2-Clause
-- Tables and their library.

case("length, insert and remove", function()
    local t = {1, 2, 3, nil}
    same(#t, 3)
    table.insert(t, 4)
    table.insert(t, 1, 0)
    same(table.concat(t, " "), "0 1 2 3 4")
    same(table.remove(t, 1), 0)
    same(table.remove(t), 4)
    same(#t, 3)
    same(table.remove({}), nil)
    fails("position out of bounds", table.insert, t, 6, 1)
    fails("wrong number of arguments", table.insert, t)
end)

case("keys", function()
    local t = {[1.0] = "a", [2 ^ 53] = "b", ["1"] = "c", [true] = "d"}
    same(t[1], "a")
    same(t[2 ^ 53 | 0], "b")
    same(t["1"], "c")
    fails("index is NaN", function() t[0 / 0] = 1 end)
    fails("index is nil", function() t[nil] = 1 end)
    same(t[nil], nil)
end)

case("next and pairs", function()
    local t, sum, count = {10, 20, x = 30, y = 40}, 0, 0
    for key, value in pairs(t) do
        sum, count = sum + value, count + 1
        t[key] = nil
    end
    same(sum, 100)
    same(next(t), nil)
    fails("invalid key to 'next'", next, {}, 1)
    local made = setmetatable({}, {__pairs = function()
        return function(_, key) return not key and 1 or nil end
    end})
    for key in pairs(made) do same(key, 1) end
    local list = {}
    for i, v in ipairs({1, 2, nil, 4}) do list[i] = v end
    same(#list, 2)
end)

case("sort", function()
    local t, seed = {}, 42
    for i = 1, 5000 do
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        t[i] = seed
    end
    table.sort(t)
    for i = 2, #t do assert(t[i - 1] <= t[i]) end
    table.sort(t, function(a, b) return a > b end)
    for i = 2, #t do assert(t[i - 1] >= t[i]) end
    fails("attempt to compare", table.sort, {1, "x"})
    local words = {"pear", "Apple", "fig"}
    table.sort(words, function(a, b) return a:lower() < b:lower() end)
    same(table.concat(words, " "), "Apple fig pear")
end)

case("move, unpack, concat", function()
    local t = table.move({1, 2, 3}, 1, 3, 2)
    same(table.concat(t, ""), "1123")
    same(select("#", table.unpack({}, 1, 3)), 3)
    fails("too many results to unpack", table.unpack, {}, 1, 1e8)
    fails("at index 2", table.concat, {1, {}, 3})
    same(table.concat({1, 2.5, "x"}, "-", 2), "2.5-x")
end)

case("large and sparse", function()
    local t = {}
    for i = 1, 200000 do t[i] = i end
    for i = 1, 200000, 2 do t[i] = nil end
    local count = 0
    for _ in pairs(t) do count = count + 1 end
    same(count, 100000)
    t = {}
    for i = 1, 20 do t[1 << i] = i end
    same(t[1 << 20], 20)
    for i = 1, 50000 do t["key" .. i] = i end
    same(t.key49999, 49999)
end)
