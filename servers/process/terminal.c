/* SPDX-License-Identifier: BSD-2-Clause */
/* See terminal.h. */

#include "servers/process/terminal.h"

#include "libsys/invoke.h"
#include "libsys/process_protocol.h"
#include "libsys/vfs_client.h"
#include "servers/process/build.h"
#include "servers/process/life.h"
#include "servers/process/signal.h"

#define PAGE_AT (PAGES_AT + PROCESSES_MAX * (uint64_t)PROCESS_PAGE_BYTES)
#define STANDARD_FILES 3

static struct terminal_page before; /* until the console has come */
static struct terminal_page *page = &before;

/* Null for a number that no terminal has. */
static struct terminal_word *word_of(uint32_t terminal)
{
    return terminal >= 1 && terminal <= TERMINALS_MAX ? &page->terminal[terminal - 1] : NULL;
}

err_t terminal_page_set(cap_t frame)
{
    if (page != &before)
        return RPC_DENIED;
    err_t error =
        frame_map(frame, own.vspace, PAGE_AT, 0, PROCESS_PAGE_BYTES, ACCESS_READ | ACCESS_WRITE);
    if (error)
        return error_of_server(error);
    page = (struct terminal_page *)PAGE_AT;
    for (uint32_t i = 0; i < TERMINALS_MAX; i++) {
        page->terminal[i].session = before.terminal[i].session;
        if (before.terminal[i].foreground)
            page->terminal[i].foreground = before.terminal[i].foreground;
    }
    return 0;
}

/* Who has a handle of the terminal may name any group: only those of its session are meant. */
static void foreground_send(const struct terminal_word *word, int signal)
{
    int32_t group = (int32_t)word->foreground, session = (int32_t)word->session;

    FOR_EACH_PROCESS(p)
        if (group > 0 && p->group == group && p->session == session)
            signal_send(p, signal);
}

void terminal_signals_take(void)
{
    for (uint32_t i = 0; i < TERMINALS_MAX; i++) {
        uint32_t signals = __atomic_exchange_n(&page->terminal[i].signals, 0, __ATOMIC_SEQ_CST);
        for (int signal = 1; signal <= SIGNAL_MAX; signal++)
            if (signals & SIGNAL_BIT(signal))
                foreground_send(&page->terminal[i], signal);
    }
}

err_t terminal_take(struct process *process, uint32_t terminal)
{
    struct terminal_word *word = word_of(terminal);

    if (!word)
        return RPC_OUT_OF_RANGE;
    if (process->pid != process->session || (process->terminal && process->terminal != terminal))
        return PROCESS_ERROR_LEADER;
    if (word->session && word->session != (uint32_t)process->session)
        return RPC_BUSY;
    word->session = (uint32_t)process->session;
    word->foreground = (uint32_t)process->group;
    FOR_EACH_PROCESS(p)
        if (p->session == process->session && p->life != LIFE_ZOMBIE) {
            p->terminal = terminal;
            build_page_refresh(p);
        }
    return 0;
}

void terminal_session_ends(const struct process *leader)
{
    struct terminal_word *word = word_of(leader->terminal);

    if (!word || word->session != (uint32_t)leader->session)
        return;
    const struct terminal_word gone = *word;
    word->session = 0;
    word->foreground = 0;
    FOR_EACH_PROCESS(p)
        if (p->session == leader->session) {
            p->terminal = 0;
            if (p->life != LIFE_ZOMBIE)
                build_page_refresh(p);
        }
    foreground_send(&gone, SIGNAL_HUP);
    foreground_send(&gone, SIGNAL_CONT);
}

void terminal_set_foreground(uint32_t terminal, int32_t group)
{
    struct terminal_word *word = word_of(terminal);

    if (word)
        word->foreground = (uint32_t)group;
}

err_t terminal_give_files(struct process *process, uint32_t terminal)
{
    cap_t file = row_cap(process, ROW_EVENT); /* empty until it lives */
    err_t error = vfs_open_terminal(&own.vfs, process->client, terminal, file);

    for (uint32_t i = 0; i < STANDARD_FILES && !error; i++) {
        error = cnode_copy(row_cap(process, ROW_CNODE), PROCESS_SLOT_FILE + i, file,
                           RIGHT_ENDPOINT_CALL | RIGHT_ENDPOINT_TRANSFER);
        process_page_of(process)->descriptor_flags[i] =
            PROCESS_DESCRIPTOR_OPEN | FILE_KIND_TERMINAL << PROCESS_DESCRIPTOR_KIND;
    }
    slot_empty(file);
    return error_of_server(error);
}
