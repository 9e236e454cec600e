/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/guest/files/test.h"

#include "libsys/invoke.h"
#include "libsys/slots.h"
#include "libsys/string.h"

#define SLOTS 1024
#define ATTACH_ADDRESS 0x40000000ull
#define ATTACH_BYTES (256ull << 20)

struct rpc_client authority, publisher, memory_self;
cap_t own_table;

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_context context;

void must(const char *what, err_t error)
{
    if (!error)
        return;
    print("not ok files: %s: %s\n", what, rpc_error_name(error));
    program_exit(1);
}

void check_result(const char *name, err_t error, err_t expected)
{
    if (error == expected) {
        CHECK(name, true);
        return;
    }
    print("not ok files: %s: %s where %s was expected\n", name, rpc_error_name(error),
          rpc_error_name(expected));
    check_failures++;
}

cap_t slot_take(void)
{
    cap_t slot = CAP_OF(slots_take(&slots, 1));

    must("a slot", slot ? 0 : RPC_FULL);
    return slot;
}

void slot_clear(cap_t slot)
{
    must("emptying a slot", cnode_delete(own_table, CAP_INDEX(slot)));
}

void slot_drop(cap_t slot)
{
    slot_clear(slot);
    slots_give(&slots, CAP_INDEX(slot), 1);
}

static void connect(cap_t to_authority, cap_t to_publisher, cap_t to_memory, uint64_t address)
{
    authority = (struct rpc_client){to_authority, &context};
    publisher = (struct rpc_client){to_publisher, &context};
    memory_self = (struct rpc_client){to_memory, &context};
    must("attaching", memory_attach(&memory_self, program_cap("vspace"), address, ATTACH_BYTES));
}

void test_use_scarce(void)
{
    connect(program_cap("scarce-authority"), program_cap("scarce-publisher"),
            program_cap("scarce-memory"), ATTACH_ADDRESS + ATTACH_BYTES);
}

void test_init(void)
{
    const struct program_info *info = program_info();

    own_table = program_cap("cnode");
    slots_init(&slots, bitmap, info->first_free_slot, 1u << info->cnode_bits);
    context.buffer = program_buffer();
    connect(program_cap("authority"), program_cap("publisher"), program_cap("memory"),
            ATTACH_ADDRESS);
}

/* ---- Devices --------------------------------------------------------------------------------- */

cap_t published_for(uint32_t flags)
{
    bool is_scarce = authority.cap == program_cap("scarce-authority");

    switch (flags) {
    case OPEN_READ:
        return program_cap("scarce-memory");
    case OPEN_WRITE: /* not of the server itself */
        return program_cap(is_scarce ? "authority" : "scarce-authority");
    default:
        return program_cap("memory");
    }
}

err_t publish(const struct rpc_client *rpc, const char *name, uint32_t kind, uint32_t number,
              uint32_t mode)
{
    return vfs_publish(rpc, name, kind, number, mode, published_for(OPEN_READ | OPEN_WRITE),
                       published_for(OPEN_READ), published_for(OPEN_WRITE));
}

/* ---- Actors ---------------------------------------------------------------------------------- */

static void actor_init(struct actor *actor)
{
    cap_t session = slot_take();

    *actor = (struct actor){.context = {.buffer = program_buffer(), .session = session}};
    actor->vfs = (struct rpc_client){session, &actor->context};
    for (uint32_t i = 0; i < DESCRIPTORS; i++)
        actor->file[i] = slot_take();
}

void actor_make(struct actor *actor)
{
    actor_init(actor);
    must("a client", vfs_client_create(&authority, 0, NULL, 0, actor->vfs.cap, &actor->badge));
}

void actor_fork(struct actor *actor, const struct actor *parent)
{
    actor_init(actor);
    must("a client's copy",
         vfs_client_fork(&authority, parent->badge, actor->vfs.cap, &actor->badge));
    for (uint32_t i = 0; i < DESCRIPTORS; i++) {
        struct cap_description what;
        if (!inspect(parent->file[i], &what) && what.type == OBJECT_ENDPOINT)
            must("a file's copy",
                 cnode_copy(own_table, CAP_INDEX(actor->file[i]), parent->file[i], RIGHT_ALL));
    }
}

void actor_set_window(struct actor *actor)
{
    uint64_t physical, address;
    cap_t object = slot_take();

    must("an object", memory_object_create(&memory_self, WINDOW_BYTES, 0, object, &physical));
    must("mapping it", memory_map(&memory_self, object, 0, WINDOW_BYTES, 0,
                                  MEMORY_READ | MEMORY_WRITE, &address));
    must("a window", vfs_set_window(&actor->vfs, object));
    must("closing the object", memory_object_close(&memory_self, object));
    slot_drop(object);
    actor->context.window = (struct rpc_window){.address = (void *)address, .bytes = WINDOW_BYTES};
}

void actor_end(struct actor *actor)
{
    must("a client's end", vfs_client_end(authority.cap, actor->badge));
    for (uint32_t i = 0; i < DESCRIPTORS; i++)
        slot_drop(actor->file[i]);
    slot_drop(actor->vfs.cap);
    if (actor->context.window.bytes)
        must("unmapping a window",
             memory_unmap(memory_self.cap, (uint64_t)actor->context.window.address,
                          actor->context.window.bytes));
}

/* ---- Files ----------------------------------------------------------------------------------- */

struct rpc_client actor_file(const struct actor *actor, uint32_t descriptor)
{
    return (struct rpc_client){actor->file[descriptor], &actor->context};
}

err_t actor_open(struct actor *actor, const char *path, uint32_t flags, uint32_t descriptor)
{
    uint32_t kind, device;

    slot_clear(actor->file[descriptor]);
    return vfs_open(&actor->vfs, path, flags, 0644, descriptor, actor->file[descriptor], &kind,
                    &device);
}

void actor_close(struct actor *actor, uint32_t descriptor)
{
    must("closing", vfs_close(actor->vfs.cap, descriptor));
    slot_clear(actor->file[descriptor]);
}

err_t actor_pipe(struct actor *actor, uint32_t reader)
{
    slot_clear(actor->file[reader]);
    slot_clear(actor->file[reader + 1]);
    return vfs_pipe(&actor->vfs, reader, reader + 1, 0, actor->file[reader],
                    actor->file[reader + 1]);
}

err_t actor_write(const struct actor *actor, uint32_t descriptor, const void *data, uint32_t bytes,
                  uint32_t *written)
{
    struct rpc_client file = actor_file(actor, descriptor);

    return file_write(&file, FILE_POSITION, FILE_NO_WAIT, 0, data, bytes, written);
}

err_t actor_read(const struct actor *actor, uint32_t descriptor, void *data, uint32_t bytes,
                 uint32_t *got)
{
    struct rpc_client file = actor_file(actor, descriptor);

    return file_read(&file, FILE_POSITION, bytes, FILE_NO_WAIT, 0, data, bytes, got);
}

bool actor_put(const struct actor *actor, uint32_t descriptor, const char *text)
{
    uint32_t bytes = (uint32_t)strlen(text), written = 0;

    return !actor_write(actor, descriptor, text, bytes, &written) && written == bytes;
}

bool actor_gets(const struct actor *actor, uint32_t descriptor, const char *text)
{
    uint32_t bytes = (uint32_t)strlen(text), got = 0;
    char read[256] = {0};

    return !actor_read(actor, descriptor, read, bytes ? bytes : sizeof(read), &got) &&
           got == bytes && memcmp(read, text, bytes) == 0;
}
