-- SPDX-License-Identifier: BSD-2-Clause
-- Errors, their messages and places, the debug library.

case("error values", function()
    local fine, why = pcall(error, {code = 7})
    assert(not fine and why.code == 7)
    same(select(2, pcall(error)), nil)
    same(select(2, pcall(error, "plain", 0)), "plain")
    assert(select(2, pcall(function() error("here") end)):find("errors.lua:%d+: here"))
    same(select("#", pcall(function() return 1, 2 end)), 3)
    fails("attempt to call a nil value (global 'nowhere')", function() nowhere() end)
    fails("attempt to index a nil value (local 'x')", function() local x; return x.y end)
    fails("attempt to index a number value (field 'b')", function()
        local a = {b = 1}
        return a.b.c.d
    end)
    fails("attempt to concatenate a nil value", function() return "a" .. nil end)
    fails("attempt to compare two table values", function() return {} < {} end)
    fails("(table expected, got nil)", table.insert, nil, 1)
end)

case("handlers", function()
    local fine, why = xpcall(function() error("x", 0) end, function(e) return e .. "!" end)
    assert(not fine and why == "x!")
    local _, trace = xpcall(function() local t = nil; t.x = 1 end, debug.traceback)
    assert(trace:find("stack traceback:") and trace:find("errors.lua"))
    fine = xpcall(function() error("a") end, function() error("b") end)
    assert(not fine)
end)

case("stack overflow is an error", function()
    local function deep() return 1 + deep() end
    fails("stack overflow", deep)
    local function again() return pcall(again) end
    assert(again() ~= nil)
    fails("stack overflow", function()
        local t = setmetatable({}, {})
        getmetatable(t).__index = function(s, k) return s[k .. "x"] end
        return t.a
    end)
end)

case("errors through C functions", function()
    fails("in gsub", string.gsub, "abc", "%w", function() error("in gsub") end)
    fails("in sort", table.sort, {3, 2, 1}, function() error("in sort") end)
    assert(not pcall(string.rep))
    same(select("#", assert(1, 2, 3)), 3)
    fails("assertion failed!", assert, false)
    fails("message", assert, nil, "message")
end)

case("debug", function()
    local info = debug.getinfo(1, "Sl")
    assert(info.short_src:find("errors.lua") and info.currentline > 0)
    local function named(a, b) local c = 3; return debug.getlocal(1, 3) end
    same((named(1, 2)), "c")
    local lines = 0
    debug.sethook(function() lines = lines + 1 end, "l")
    local x = 1
    x = x + 1
    debug.sethook()
    assert(lines >= 2)
    local up = 5
    local function user() return up end
    same(debug.getupvalue(user, 1), "up")
    debug.setupvalue(user, 1, 6)
    same(up, 6)
    local steps = 0
    debug.sethook(function()
        steps = steps + 1
        if steps > 100 then error("too long") end
    end, "", 1000)
    local fine = pcall(function() while true do end end)
    debug.sethook()
    assert(not fine)
end)
