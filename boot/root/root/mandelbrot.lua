-- SPDX-License-Identifier: BSD-2-Clause
-- The Mandelbrot set in characters: lua mandelbrot.lua [COLUMNS [ROWS]]
local columns, rows = tonumber(arg[1]) or 78, tonumber(arg[2]) or 32
local shades = " .:-=+*#%@"

local function steps(cx, cy)
    local x, y = 0, 0
    for n = 1, 100 do
        x, y = x * x - y * y + cx, 2 * x * y + cy
        if x * x + y * y > 4 then
            return n
        end
    end
    return 0
end

for row = 0, rows - 1 do
    local line = {}
    for column = 0, columns - 1 do
        local n = steps(column / columns * 3.2 - 2.3, row / rows * 2.4 - 1.2)
        local shade = n == 0 and #shades or n % #shades + 1
        line[#line + 1] = shades:sub(shade, shade)
    end
    print(table.concat(line))
end
