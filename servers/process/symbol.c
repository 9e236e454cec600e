/* SPDX-License-Identifier: BSD-2-Clause */
/* See symbol.h. */

#include "servers/process/symbol.h"

#include "libsys/memory_client.h"

#define FILE_MAX (64ull << 20)

static struct {
    const uint8_t *file;
    uint64_t size, length;
} window;

void symbol_begin(const struct process *process)
{
    uint64_t size = process->file_bytes, length = (size + 4095) & ~4095ull, at = 0;

    window.file = NULL;
    if (!process->program || size == 0 || size > FILE_MAX ||
        memory_map(&own.memory, process->program, 0, length, process->file_offset, MEMORY_READ,
                   &at))
        return;
    window.file = (const uint8_t *)at;
    window.size = size;
    window.length = length;
}

void symbol_end(void)
{
    if (window.file)
        (void)!memory_unmap(own.memory.cap, (uint64_t)window.file, window.length);
    window.file = NULL;
}

void symbol_find(const struct process *process, uint64_t address, char text[SYMBOL_ROOM])
{
    const struct process_page *page = process_page_of(process);

    text[0] = 0;
    if (window.file && address >= page->image_low && address < page->image_high)
        symbol_search(window.file, window.size, address - page->image_bias, text);
}
