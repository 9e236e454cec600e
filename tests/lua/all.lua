-- SPDX-License-Identifier: BSD-2-Clause
-- lua all.lua: runs the files beside it. Prints "ok NAME" for each case, "not ok NAME: why" for one
-- that fails, and the number of both; the status says the same.
local here = arg[0]:match("^(.*)/") or "."
local files = {
    "language", "strings", "tables", "numbers", "errors", "coroutines", "memory", "system",
}
local passed, failed = 0, 0

-- case(NAME, FUNCTION): the function fails by an error, as those of assert.
function case(name, work)
    local fine, why = xpcall(work, debug.traceback)
    if fine then
        passed = passed + 1
        print("ok lua: " .. name)
    else
        failed = failed + 1
        print("not ok lua: " .. name .. ": " .. tostring(why))
    end
end

-- same(A, B): as ==, but says what both are; the same kind of number, too.
function same(got, wanted)
    if got ~= wanted or math.type(got) ~= math.type(wanted) then
        error("got " .. tostring(got) .. ", wanted " .. tostring(wanted), 2)
    end
end

-- fails(TEXT, FUNCTION, ...): it ends with an error that contains the text.
function fails(text, work, ...)
    local fine, why = pcall(work, ...)
    if fine or not tostring(why):find(text, 1, true) then
        error("no error with \"" .. text .. "\": " .. tostring(why), 2)
    end
end

for _, name in ipairs(files) do
    dofile(here .. "/" .. name .. ".lua")
end
print(passed .. " passed, " .. failed .. " failed")
os.exit(failed == 0 and passed > 0)
