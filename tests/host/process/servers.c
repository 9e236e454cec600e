/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/host/process/servers.h"

#include <stdlib.h>
#include <string.h>

#include "libsys/memory_protocol.h"
#include "libsys/process_protocol.h"
#include "libsys/vfs_protocol.h"
#include "servers/process/serve.h"
#include "servers/process/server.h"

#define SPACES 32
#define CLIENTS 32
#define PLACES 128 /* for capabilities that these servers keep */
#define PAGE 4096u
#define STARTER_BADGE 0x20004000u

/* Of the module: programs and scripts begin at pages. */
#define MODULE_PAGES 8u
#define PROGRAM_PAGE 0u
#define SCRIPT_PAGE 3u
#define OWN_SCRIPT_PAGE 4u

struct message_buffer host_client_buffer;
bool host_tight_tables;

static struct {
    bool live, empty;
    struct capability *handle, *vspace;
} spaces[SPACES];

static struct {
    bool live;
    struct capability *session;
} clients[CLIENTS];

static struct capability place_table;
static struct object *places;
static struct object *memory_endpoint, *vfs_endpoint;
static uint8_t module[MODULE_PAGES * PAGE], program_file[3 * PAGE];
static uint32_t maps;

/* ---- Programs -------------------------------------------------------------------------------- */

static void put(uint8_t *to, uint64_t value, size_t bytes)
{
    memcpy(to, &value, bytes);
}

static void segment_put(uint8_t *file, unsigned number, uint32_t type, uint32_t access,
                        uint64_t offset, uint64_t address, uint64_t bytes, uint64_t memory)
{
    uint8_t *at = file + 64 + 56 * number;

    put(at, type, 4);
    put(at + 4, access, 4);
    put(at + 8, offset, 8);
    put(at + 16, address, 8);
    put(at + 32, bytes, 8);
    put(at + 40, memory, 8);
}

/* Code at 0x400000, data behind it, and the note that says for which kernel. */
static void program_put(uint8_t *file)
{
    memcpy(file, "\177ELF\2\1\1", 7);
    put(file + 16, 2, 2);
    put(file + 18, 62, 2);
    put(file + 20, 1, 4);
    put(file + 24, 0x400010, 8);
    put(file + 32, 64, 8);
    put(file + 54, 56, 2);
    put(file + 56, 3, 2);
    segment_put(file, 0, 1, 5, 0x1000, 0x400000, 0x800, 0x800);
    segment_put(file, 1, 1, 6, 0x2800, 0x402800, 0x100, 0x5000);
    segment_put(file, 2, 4, 4, 0x2000, 0x401000, 28, 28);
    memcpy(file + 0x2000, "\10\0\0\0\10\0\0\0\1\0\0\0Marcona", 20);
}

static const struct host_file {
    const char *path;
    uint32_t page, bytes;
    bool own; /* it has an object of its own */
} files[] = {
    {"/bin/program", PROGRAM_PAGE, sizeof(program_file), false},
    {"/bin/own", 0, sizeof(program_file), true},
    {"/bin/script", SCRIPT_PAGE, 32, false},
    {"/bin/own-script", OWN_SCRIPT_PAGE, 32, false},
};

/* Its place in the table, and whether the file of that name is of that kind. */
static const struct host_file *file_find(const char *path)
{
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static struct capability *place_take(void)
{
    for (uint32_t i = 1; i < PLACES; i++)
        if (!places->slots[i].object)
            return &places->slots[i];
    host_require(false, "a place for a capability");
    return NULL;
}

/* The n-th capability of an answer, to the slot that the caller named for it. */
static void cap_answer(struct message *message, unsigned n, struct capability *from)
{
    struct message_buffer *buffer = own.rpc.buffer;

    host_derive(host_cap(buffer->receive[n]), from, 0);
    buffer->caps[n] = buffer->receive[n];
    message->tag = TAG(0, 0, n + 1);
}

static err_t refuse(struct message *message, err_t error)
{
    message->tag = TAG(ERR_CODE(error), 0, 0);
    return 0;
}

static err_t answer(struct message *message, uint64_t word)
{
    message->tag = 0;
    message->word[0] = word;
    return 0;
}

/* ---- The memory server ----------------------------------------------------------------------- */

static uint32_t space_of(uint64_t badge)
{
    host_require(badge > 0 && badge < SPACES && spaces[badge].live, "a space that there is");
    return (uint32_t)badge;
}

static err_t space_make(struct message *message)
{
    uint32_t badge = 1;

    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    while (badge < SPACES && spaces[badge].live)
        badge++;
    host_require(badge < SPACES, "room for spaces");
    spaces[badge].live = true;
    spaces[badge].empty = false;
    spaces[badge].handle = place_take();
    host_derive(spaces[badge].handle, memory_endpoint->original, badge);
    spaces[badge].vspace = place_take();
    host_object(OBJECT_VSPACE, 12, spaces[badge].vspace)->tables = !host_tight_tables;
    cap_answer(message, 0, spaces[badge].handle);
    cap_answer(message, 1, spaces[badge].vspace);
    message->word[0] = badge;
    return RECEIVE_BUFFER;
}

static err_t space_again(struct message *message, uint64_t badge)
{
    uint32_t space = space_of(badge);

    host_require(spaces[space].empty, "a space that is empty");
    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    spaces[space].empty = false;
    return answer(message, 0);
}

static err_t space_end(struct message *message)
{
    uint32_t space = space_of(message->word[0]);

    host_require(host_mapped(spaces[space].vspace->object) == 0, "nothing else mapped at its end");
    host_delete(spaces[space].vspace);
    host_delete(spaces[space].handle);
    spaces[space].live = false;
    return answer(message, 0);
}

/* The process page stays, and the record's capabilities: nobody else has any. */
static err_t space_clear(struct message *message)
{
    uint32_t space = space_of(message->word[0]);

    host_require(host_mapped(spaces[space].vspace->object) == 1 &&
                     host_handles(memory_endpoint, space) == 2 &&
                     host_handles(spaces[space].vspace->object, 0) == 2,
                 "only its record knows a space that is kept");
    spaces[space].empty = true;
    return answer(message, 0);
}

static err_t space_map_page(struct message *message)
{
    uint32_t space = space_of(message->word[1]);

    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    spaces[space].vspace->object->tables = true;
    return answer(message, message->word[2]);
}

static err_t lend(struct message *message)
{
    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    host_object(OBJECT_UNTYPED, (unsigned)message->word[1],
                host_cap(CAP_OF((uint32_t)message->word[0])));
    return answer(message, 0);
}

/* Of the module or the file of its own: into the process server's space. */
static err_t map(struct message *message)
{
    const struct object *object = host_cap(own.rpc.buffer->caps[0])->object;
    const uint8_t *from = object == host_cap(HOST_CAP(MODULE))->object ? module : program_file;

    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    maps++;
    return answer(message, (uint64_t)(from + message->word[3]));
}

static err_t map_anonymous(struct message *message)
{
    static uint8_t room[2 * PROCESS_ARGUMENTS_MAX];

    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    host_require(message->word[1] == sizeof(room), "room for a script's arguments, once");
    maps++;
    return answer(message, (uint64_t)room);
}

/* A process's arguments: none. */
static err_t space_bytes(struct message *message)
{
    static const struct process_arguments none = {.bytes = sizeof(none)};

    memcpy(own.rpc.buffer->words, &none, sizeof(none));
    message->tag = TAG(0, RPC_WORDS(sizeof(none)), 0);
    message->word[0] = sizeof(none);
    return RECEIVE_BUFFER;
}

static err_t memory_call(struct message *message)
{
    switch (TAG_LABEL(message->tag) & 0xff) {
    case MEMORY_CALL_SPACE_BUILD:
    case MEMORY_CALL_SPACE_FORK:
        return space_make(message);
    case MEMORY_CALL_SPACE_BUILD_AGAIN:
    case MEMORY_CALL_SPACE_FORK_AGAIN:
        return space_again(message, message->word[1]);
    case MEMORY_CALL_SPACE_DESTROY:
        return space_end(message);
    case MEMORY_CALL_SPACE_EMPTY:
        return space_clear(message);
    case MEMORY_CALL_SPACE_MAP:
        return space_map_page(message);
    case MEMORY_CALL_SPACE_READ:
        return space_bytes(message);
    case MEMORY_CALL_SPACE_WRITE:
        return host_refuses() ? refuse(message, RPC_NO_MEMORY) : answer(message, 0);
    case MEMORY_CALL_LEND:
        return lend(message);
    case MEMORY_CALL_MAP:
        return map(message);
    case MEMORY_CALL_MAP_ANONYMOUS:
        return map_anonymous(message);
    case MEMORY_CALL_UNMAP:
        maps--;
        return answer(message, 0);
    default:
        host_require(false, "a call of the memory server that it knows");
        return 0;
    }
}

/* ---- The vfs --------------------------------------------------------------------------------- */

static err_t client_make(struct message *message)
{
    uint32_t badge = 1;

    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    while (badge < CLIENTS && clients[badge].live)
        badge++;
    host_require(badge < CLIENTS, "room for clients");
    clients[badge].live = true;
    clients[badge].session = place_take();
    host_derive(clients[badge].session, vfs_endpoint->original, badge);
    cap_answer(message, 0, clients[badge].session);
    message->word[0] = badge;
    return RECEIVE_BUFFER;
}

static err_t client_end(struct message *message)
{
    uint64_t badge = message->word[0];

    host_require(badge < CLIENTS && clients[badge].live, "a client that there is");
    host_delete(clients[badge].session);
    clients[badge].live = false;
    return answer(message, 0);
}

/* `with_object`: as `program`, else as `program_find`. */
static err_t program_answer(struct message *message, bool with_object)
{
    const struct host_file *file = file_find((const char *)own.rpc.buffer->words);

    host_require(message->word[0] < CLIENTS && clients[message->word[0]].live, "a client");
    if (!file)
        return refuse(message, RPC_NOT_FOUND);
    if (with_object && host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    message->tag = 0;
    message->word[0] = (uint64_t)file->page * PAGE;
    message->word[1] = file->bytes;
    message->word[2] = 1u + (uint32_t)(file - files);
    message->word[3] = 0755;
    message->word[4] = !file->own;
    if (!with_object)
        return 0;
    cap_answer(message, 0, memory_endpoint->original);
    return RECEIVE_BUFFER;
}

static err_t terminal_open(struct message *message)
{
    if (host_refuses())
        return refuse(message, RPC_NO_MEMORY);
    cap_answer(message, 0, vfs_endpoint->original);
    return RECEIVE_BUFFER;
}

static err_t vfs_call(struct message *message)
{
    switch (TAG_LABEL(message->tag) & 0xff) {
    case VFS_CALL_CLIENT_CREATE:
    case VFS_CALL_CLIENT_FORK:
        return client_make(message);
    case VFS_CALL_CLIENT_END:
        return client_end(message);
    case VFS_CALL_CLIENT_EXEC:
        return answer(message, 0);
    case VFS_CALL_PROGRAM:
        return program_answer(message, true);
    case VFS_CALL_PROGRAM_FIND:
        return program_answer(message, false);
    case VFS_CALL_OPEN_TERMINAL:
        return terminal_open(message);
    default:
        host_require(false, "a call of the vfs that it knows");
        return 0;
    }
}

err_t host_servers_call(const struct capability *cap, struct message *message)
{
    host_require(cap->object == memory_endpoint || cap->object == vfs_endpoint, "a server");
    return cap->object == memory_endpoint ? memory_call(message) : vfs_call(message);
}

struct host_servers host_servers_look(void)
{
    struct host_servers look = {.maps = maps};

    for (unsigned i = 1; i < SPACES; i++) {
        look.spaces += spaces[i].live;
        look.empty += spaces[i].live && spaces[i].empty;
    }
    for (unsigned i = 1; i < CLIENTS; i++)
        look.clients += clients[i].live;
    return look;
}

/* ---- The way to the process server ----------------------------------------------------------- */

static uint32_t badge_of(cap_t cap)
{
    return cap == HOST_STARTER
               ? STARTER_BADGE
               : table_badge(&processes.process[CAP_INDEX(cap) - CAP_INDEX(HOST_PROCESS(0))]);
}

static void request_send(const struct message *message)
{
    struct message_buffer *buffer = own.rpc.buffer;

    memcpy(buffer->words, host_client_buffer.words, TAG_WORDS(message->tag) * sizeof(uint64_t));
    for (unsigned i = 0; i < TAG_CAPS(message->tag); i++) {
        host_derive(host_cap(buffer->receive[i]), host_cap(host_client_buffer.caps[i]), 0);
        buffer->caps[i] = buffer->receive[i];
    }
}

static void answer_receive(const struct message *message)
{
    const struct message_buffer *buffer = own.rpc.buffer;

    memcpy(host_client_buffer.words, buffer->words, TAG_WORDS(message->tag) * sizeof(uint64_t));
    for (unsigned i = 0; i < TAG_CAPS(message->tag); i++) {
        host_derive(host_cap(host_client_buffer.receive[i]), host_cap(buffer->caps[i]), 0);
        host_client_buffer.caps[i] = host_client_buffer.receive[i];
    }
}

err_t host_process_call(cap_t cap, struct message *message)
{
    bool full = TAG_WORDS(message->tag) || TAG_CAPS(message->tag);

    if (full)
        request_send(message);
    if (serve(&own.rpc, full ? RECEIVE_BUFFER : 0, badge_of(cap), message) != ANSWER_BUFFER)
        return 0;
    answer_receive(message);
    return RECEIVE_BUFFER;
}

void host_servers_init(void)
{
    program_put(module);
    program_put(program_file);
    strcpy((char *)module + SCRIPT_PAGE * PAGE, "#!/bin/program\n");
    strcpy((char *)module + OWN_SCRIPT_PAGE * PAGE, "#!/bin/own\n");
    places = host_object(OBJECT_CNODE, 7 + CAP_SHIFT, &place_table);
    memory_endpoint = host_object(OBJECT_ENDPOINT, 7, host_cap(HOST_CAP(MEMORY)));
    vfs_endpoint = host_object(OBJECT_ENDPOINT, 7, host_cap(HOST_CAP(VFS)));
    host_derive(host_cap(HOST_CAP(EMPTY)), memory_endpoint->original, 0);
    /* Recognised as an object of its own kind. */
    host_object(OBJECT_ENDPOINT, 7, host_cap(HOST_CAP(MODULE)));
}
