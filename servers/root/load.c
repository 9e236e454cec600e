/* SPDX-License-Identifier: BSD-2-Clause */
/* See load.h. */

#include "servers/root/load.h"

#include "libsys/invoke.h"
#include "libsys/string.h"
#include "servers/root/root.h"

#define PAGE 4096ull
#define TABLES_BITS 16 /* memory for page tables is given in portions of 64 KiB */

static uint64_t page_up(uint64_t bytes)
{
    return (bytes + PAGE - 1) & ~(PAGE - 1);
}

/* Whether the first word of a command line is this name. */
static bool line_names(const char *line, const char *name)
{
    while (*name != 0 && *line == *name) {
        line++;
        name++;
    }
    return *name == 0 && (*line == 0 || *line == ' ');
}

const struct boot_module *module_get(const char *name, uint32_t line)
{
    for (uint32_t i = 0; i < root.boot->module_count; i++)
        if (line_names(boot_text(root.boot->module[i].name), name))
            return &root.boot->module[i];
    if (line == 0)
        root_fail("the boot loader gave no module \"%s\"", name);
    root_fail("manifest:%u: the boot loader gave no module \"%s\"", line, name);
}

uint64_t frame_bytes(cap_t frame)
{
    uint64_t address, bytes, device;

    root_check(frame_info(frame, &address, &bytes, &device), "a frame");
    return bytes;
}

err_t frame_map_supplied(cap_t frame, cap_t vspace, uint64_t address, uint64_t offset,
                         uint64_t length, uint64_t access)
{
    err_t error = frame_map(frame, vspace, address, offset, length, access);

    while (ERR_CODE(error) == ERROR_NO_TABLES) {
        root_check(vspace_supply(vspace, root_make(OBJECT_FRAME, TABLES_BITS)), "page tables");
        error = frame_map(frame, vspace, address, offset, length, access);
    }
    return error;
}

const void *module_map(const struct boot_module *module)
{
    uint64_t done = 0, whole = page_up(module->bytes);

    for (uint32_t i = 0; i < module->caps && done < whole; i++) {
        cap_t frame = module->cap + CAP_OF(i);
        uint64_t length = frame_bytes(frame);
        if (length > whole - done)
            length = whole - done;
        root_check(
            frame_map_supplied(frame, ROOT_VSPACE, WINDOW_MODULE + done, 0, length, ACCESS_READ),
            "module %s", boot_text(module->name));
        done += length;
    }
    return (const void *)WINDOW_MODULE;
}

void module_unmap(const struct boot_module *module)
{
    uint64_t done = 0, whole = page_up(module->bytes);

    for (uint32_t i = 0; i < module->caps && done < whole; i++) {
        cap_t frame = module->cap + CAP_OF(i);
        uint64_t length = frame_bytes(frame);
        if (length > whole - done)
            length = whole - done;
        root_check(frame_unmap(frame, 0, length), "module %s", boot_text(module->name));
        done += length;
    }
}

void frame_fill(cap_t frame, uint64_t offset, const void *bytes, uint64_t count)
{
    uint64_t length = page_up(offset + count);

    if (count == 0)
        return;
    root_check(
        frame_map_supplied(frame, ROOT_VSPACE, WINDOW_FRAME, 0, length, ACCESS_READ | ACCESS_WRITE),
        "a window on a frame");
    memcpy((char *)WINDOW_FRAME + offset, bytes, count);
    root_check(frame_unmap(frame, 0, length), "a window on a frame");
}
