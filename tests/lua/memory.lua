-- SPDX-License-Identifier: BSD-2-Clause
-- Garbage collection, in both of its modes.

local function garbage(n)
    for i = 1, n do
        local t = {i, {i}, tostring(i)}
        t[2][2] = t
    end
end

case("what is garbage goes", function()
    for _, mode in ipairs({"incremental", "generational"}) do
        collectgarbage(mode)
        collectgarbage()
        local before = collectgarbage("count")
        garbage(200000)
        collectgarbage()
        assert(collectgarbage("count") < before + 200, mode)
    end
    collectgarbage("incremental")
end)

case("weak tables", function()
    local values, keys = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"})
    local kept = {}
    values[1], values[2], values.text = {}, kept, "text"
    keys[{}], keys[kept] = 1, 2
    collectgarbage()
    same(values[1], nil)
    assert(values[2] == kept and values.text == "text")
    same(next(keys), kept)
    local ephemeron = setmetatable({}, {__mode = "k"})
    do local key = {}; ephemeron[key] = {key} end
    collectgarbage()
    same(next(ephemeron), nil)
end)

case("finalizers", function()
    local ended, order = 0, {}
    for i = 1, 100 do
        setmetatable({}, {__gc = function() ended = ended + 1; order[#order + 1] = i end})
    end
    collectgarbage()
    collectgarbage()
    same(ended, 100)
    same(order[1], 100)
    local back
    do local x = setmetatable({7}, {__gc = function(o) back = o end}) end
    collectgarbage()
    same(back[1], 7)
end)

case("control", function()
    collectgarbage("stop")
    same(collectgarbage("isrunning"), false)
    collectgarbage("restart")
    same(collectgarbage("isrunning"), true)
    garbage(1000)
    repeat until collectgarbage("step", 10)
    assert(collectgarbage("count") > 0)
    fails("invalid option", collectgarbage, "nothing")
end)

case("much memory, and back", function()
    local blocks = {}
    for i = 1, 64 do blocks[i] = ("x"):rep(256 * 1024) .. i end
    assert(collectgarbage("count") > 16000)
    blocks = nil
    collectgarbage()
    assert(collectgarbage("count") < 8000)
end)
