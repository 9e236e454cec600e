-- SPDX-License-Identifier: BSD-2-Clause
-- Coroutines.

case("values there and back", function()
    local co = coroutine.create(function(a, b)
        local c = coroutine.yield(a + b)
        local d, e = coroutine.yield(c * 2)
        return d .. e
    end)
    same(select(2, coroutine.resume(co, 1, 2)), 3)
    same(select(2, coroutine.resume(co, 21)), 42)
    same(select(2, coroutine.resume(co, "x", "y")), "xy")
    same(coroutine.status(co), "dead")
    same(select(2, coroutine.resume(co)), "cannot resume dead coroutine")
end)

case("generators", function()
    local function permutations(list)
        return coroutine.wrap(function()
            local function permute(n)
                if n == 0 then coroutine.yield(table.concat(list)) end
                for i = 1, n do
                    list[n], list[i] = list[i], list[n]
                    permute(n - 1)
                    list[n], list[i] = list[i], list[n]
                end
            end
            permute(#list)
        end)
    end
    local seen, count = {}, 0
    for one in permutations({"a", "b", "c", "d"}) do
        assert(not seen[one])
        seen[one], count = true, count + 1
    end
    same(count, 24)
end)

case("yield across pcall, metamethods and iterators", function()
    local co = coroutine.wrap(function()
        local fine, why = pcall(function() coroutine.yield(1); error("E", 0) end)
        coroutine.yield(why)
        local t = setmetatable({}, {__add = function() return coroutine.yield("add") end})
        coroutine.yield(t + 1)
        for x in function() return coroutine.yield("next") end do coroutine.yield(x) end
        return "end"
    end)
    same(co(), 1)
    same(co(), "E")
    same(co(), "add")
    same(co(5), 5)
    same(co(), "next")
    same(co(9), 9)
    same(co(), "next")
    same(co(nil), "end")
    fails("attempt to yield from outside a coroutine", coroutine.yield)
end)

case("close and errors", function()
    local closed
    local co = coroutine.create(function()
        local x <close> = setmetatable({}, {__close = function() closed = true end})
        coroutine.yield()
    end)
    coroutine.resume(co)
    assert(coroutine.close(co) and closed)
    co = coroutine.create(function() error({1}) end)
    local fine, why = coroutine.resume(co)
    assert(not fine and why[1] == 1)
    same(coroutine.status(co), "dead")
    assert(coroutine.isyieldable() == false)
    local main, is_main = coroutine.running()
    assert(is_main and type(main) == "thread")
end)

case("many at once", function()
    local all, sum = {}, 0
    for i = 1, 2000 do
        all[i] = coroutine.wrap(function() for k = 1, 3 do coroutine.yield(i * k) end end)
    end
    for k = 1, 3 do
        for i = 1, 2000 do sum = sum + all[i]() end
    end
    same(sum, 6 * 2000 * 2001 // 2)
end)
