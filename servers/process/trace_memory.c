/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A debugger's access to a process's memory. What the process shares with others and can't write
 * (its program's text and constants) gets a page of its own first, with the same access.
 */

#include <stddef.h>

#include "libsys/log.h"
#include "libsys/memory_client.h"
#include "libsys/string.h"
#include "servers/process/signal.h"
#include "servers/process/trace.h"

#define PAGE 4096ull
#define OWN_MAX TRACE_BREAKS_MAX
#define BREAK 0xcc /* INT3 */

static struct {
    uint64_t address;
    uint8_t before;
} place[TRACE_BREAKS_MAX];
static uint32_t places;
static uint64_t own_page[OWN_MAX];
static uint32_t own_pages;

void trace_memory_forget(void)
{
    places = own_pages = 0;
}

static err_t error_of_memory(err_t error)
{
    if (error == MEMORY_ERROR_NOT_MAPPED || error == RPC_OUT_OF_RANGE || error == RPC_DENIED)
        return TRACE_ERROR_NOT_MAPPED;
    return error == RPC_QUOTA || error == RPC_FULL ? RPC_NO_MEMORY : error;
}

/* ---- Pages of its own ------------------------------------------------------------------------ */

static bool page_is_own(uint64_t page)
{
    for (uint32_t i = 0; i < own_pages; i++)
        if (own_page[i] == page)
            return true;
    return false;
}

/* Its contents are here. If there is no memory for them in its new place, nothing is there. */
static err_t page_replace(uint64_t page, uint32_t access, const void *contents)
{
    uint64_t mapped, space = trace.process->space;
    err_t error =
        memory_space_map(&own.authority, 0, space, page, PAGE, 0, access | MEMORY_FIXED, &mapped);

    if (error)
        return error;
    own_page[own_pages++] = page;
    error = memory_space_write(&own.authority, space, page, contents, PAGE);
    if (!error)
        return 0;
    log_write(LOG_WARNING, "%s (pid %d): no memory for a page with a breakpoint",
              trace.process->name, trace.process->pid);
    process_end(trace.process, STATUS_SIGNALED(SIGNAL_KILL));
    return error;
}

static err_t page_own(uint64_t page)
{
    static uint8_t contents[PAGE];
    struct memory_region region = {0};
    uint64_t space = trace.process->space;
    uint32_t size = 0;
    err_t error = memory_space_region(own.authority.cap, space, page, &region);

    if (error || page < region.address)
        return TRACE_ERROR_NOT_MAPPED;
    if ((region.access & (MEMORY_WRITE | MEMORY_PRIVATE)) || page_is_own(page))
        return 0;
    if (own_pages == OWN_MAX)
        return RPC_FULL;
    error = memory_space_read(&own.authority, space, page, contents, PAGE, &size);
    if (error || size < PAGE)
        return error ? error : TRACE_ERROR_NOT_MAPPED;
    return page_replace(page, (uint32_t)region.access & (MEMORY_READ | MEMORY_EXECUTE), contents);
}

/* The process page isn't the memory server's: where it is here; null: somewhere else. */
static void *process_page_place(uint64_t address, uint32_t size)
{
    uint64_t offset = address - PROCESS_PAGE_ADDRESS;

    if (offset >= PROCESS_PAGE_BYTES || size > PROCESS_PAGE_BYTES - offset)
        return NULL;
    return (char *)process_page_of(trace.process) + offset;
}

static err_t put(uint64_t address, const void *data, uint32_t size)
{
    void *here = process_page_place(address, size);
    err_t error = 0;

    if (here) {
        memcpy(here, data, size);
        return 0;
    }

    for (uint64_t page = address & ~(PAGE - 1); page < address + size && !error; page += PAGE)
        error = page_own(page);
    if (!error)
        error = memory_space_write(&own.authority, trace.process->space, address, data, size);
    return error_of_memory(error);
}

/* ---- Breakpoints ----------------------------------------------------------------------------- */

static uint32_t place_find(uint64_t address)
{
    uint32_t i = 0;

    while (i < places && place[i].address != address)
        i++;
    return i;
}

bool trace_has_break(uint64_t address)
{
    return place_find(address) < places;
}

err_t trace_insert(uint64_t address)
{
    static const uint8_t instruction = BREAK;
    uint8_t before;
    uint32_t size;

    if (trace_has_break(address))
        return 0;
    if (places == TRACE_BREAKS_MAX)
        return RPC_FULL;
    err_t error = trace_read(address, &before, 1, &size);
    if (!error)
        error = put(address, &instruction, 1);
    if (error)
        return error;
    place[places].address = address;
    place[places++].before = before;
    return 0;
}

/* A page of its own, which is there: it takes no memory. */
void trace_remove(uint64_t address)
{
    uint32_t i = place_find(address);

    if (i == places)
        return;
    (void)!put(address, &place[i].before, 1);
    place[i] = place[--places];
}

void trace_lift(const struct process *process)
{
    if (process != trace.process)
        return;
    for (uint32_t i = 0; i < places; i++)
        (void)!put(place[i].address, &place[i].before, 1);
}

/* After a fork its pages are shared: where there is no memory for one, a breakpoint is lost. */
void trace_plant(const struct process *process)
{
    static const uint8_t instruction = BREAK;
    uint32_t kept = 0;

    if (process != trace.process)
        return;
    for (uint32_t i = 0; i < places; i++)
        if (!put(place[i].address, &instruction, 1))
            place[kept++] = place[i];
    places = kept;
}

/* ---- Reading and writing --------------------------------------------------------------------- */

err_t trace_read(uint64_t address, void *data, uint32_t count, uint32_t *size)
{
    const void *here = process_page_place(address, count);
    err_t error = 0;

    if (here) {
        memcpy(data, here, count);
        *size = count;
        return 0;
    }
    error = memory_space_read(&own.authority, trace.process->space, address, data, count, size);

    for (uint32_t i = 0; i < places && !error; i++)
        if (place[i].address - address < *size)
            ((uint8_t *)data)[place[i].address - address] = place[i].before;
    return error_of_memory(error);
}

err_t trace_write(uint64_t address, const uint8_t *data, uint32_t size)
{
    uint8_t bytes[TRACE_DATA_MAX];

    memcpy(bytes, data, size);
    for (uint32_t i = 0; i < places; i++)
        if (place[i].address - address < size)
            bytes[place[i].address - address] = BREAK;
    err_t error = put(address, bytes, size);
    for (uint32_t i = 0; i < places && !error; i++)
        if (place[i].address - address < size)
            place[i].before = data[place[i].address - address];
    return error;
}
