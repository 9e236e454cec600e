/* SPDX-License-Identifier: BSD-2-Clause */
/* Each operation, and what it refuses: handles and badges first, then ranges, then quotas. */
#include "tests/guest/spaces/cases.h"

#include "libsys/rpc_error.h"
#include "libsys/string.h"

#define SMALL (160ull << 10)  /* a quota for a space, its tables and a few pages */
#define PART_MANY (64 * PAGE) /* and more than that */
#define FAR (1ull << 39)      /* each in page tables of its own */
#define WX (MEMORY_READ | MEMORY_WRITE | MEMORY_EXECUTE)

static cap_t object, one, two;
static uint64_t ignored;
static uint32_t size;
static char bytes[64];

/* All of these have the same error. */
static void check_all(const char *name, const err_t *error, unsigned count, err_t expected)
{
    bool good = true;
    for (unsigned i = 0; i < count; i++) {
        good &= error[i] == expected;
        if (error[i] != expected)
            print("# number %u: %s\n", i, rpc_error_name(error[i]));
    }
    CHECK(name, good);
}
#define CHECK_ALL(name, errors, expected) \
    check_all(name, errors, sizeof(errors) / sizeof((errors)[0]), expected)

/* The authority has no space of its own, and an object isn't a space's. */
static void wrong_callers(void)
{
    struct memory_status status;
    struct memory_region region;
    const struct rpc_client *client = &authority;
    const err_t error[] = {
        memory_map(client, object, 0, PAGE, 0, RW, &ignored),
        memory_map_anonymous(client->cap, 0, PAGE, RW, &ignored),
        memory_unmap(client->cap, AT, PAGE),
        memory_protect(client->cap, AT, PAGE, RW),
        memory_status(client->cap, &status),
        memory_region(client->cap, 0, &region),
        memory_object_create(client, PAGE, 0, one, &ignored),
        memory_forward_fault(client->cap, AT, 0),
    };
    CHECK_ALL("what needs a space, by who has none", error, RPC_BAD_HANDLE);
}

static void wrong_objects(void)
{
    const cap_t space = self.cap;
    const err_t error[] = {
        memory_map(&self, space, 0, PAGE, 0, RW, &ignored),
        memory_object_resize(&self, space, PAGE),
        memory_object_share(&self, space, 0, one),
        memory_object_close(&self, space),
        memory_object_size(&self, space, &ignored),
        memory_set_window(&authority, space, 0),
    };
    CHECK_ALL("a space where an object belongs", error, RPC_BAD_HANDLE);
    check_result("a share of an unknown kind", memory_object_share(&self, object, 8, one),
                 RPC_DENIED);
    check_result("a window of nothing",
                 (must("no bytes", memory_object_resize(&self, object, 0)),
                  memory_set_window(&authority, object, 0)),
                 RPC_OUT_OF_RANGE);
    must("bytes again", memory_object_resize(&self, object, 4 * PAGE));
}

/* The server's own handle, where it should get something else. */
static void own_handles(void)
{
    struct rpc_client other = {program_cap("memory-other"), self.context};
    const err_t error[] = {
        memory_attach(&other, self.cap, AT, PAGE),
        memory_set_fault_notification(&authority, self.cap),
        memory_lend(&authority, self.cap, 1, 12),
    };
    CHECK_ALL("its own handle for something else", error, RPC_BAD_HANDLE);
}

/* More than a message holds, by who has no window. */
static void no_window(const struct task *task)
{
    static char much[1024];
    struct rpc_context context = {authority.context->buffer, self.cap, {much, sizeof(much)}};
    const struct rpc_client client = {authority.cap, &context};
    const err_t error[] = {
        memory_space_write(&client, task->badge, AT, much, sizeof(much)),
        memory_space_build(&client, 0, 0, 0, much, 1008, 0, 0, 0, 0, one, two, &ignored),
        memory_space_build_again(&client, 0, task->badge, much, 1008, 0, 0, 0, 0),
    };
    CHECK_ALL("much without a window", error, RPC_TOO_LARGE);
}

/* What only the authority may, by a space; the others: authority.c. */
static void denied(const struct task *task)
{
    const struct rpc_client client = {task->space, self.context};
    const err_t error[] = {
        memory_space_build(&client, 0, 0, 0, NULL, 0, 0, 0, 0, 0, one, two, &ignored),
        memory_space_empty(task->space, task->badge),
        memory_space_build_again(&client, 0, task->badge, NULL, 0, 0, 0, 0, 0),
        memory_space_fork_again(task->space, task->badge, task->badge, 0, 0),
        memory_set_fault_notification(&client, program_cap("ear")),
    };
    CHECK_ALL("the authority's operations, by a space", error, RPC_DENIED);
}

static void wrong_badges(uint64_t badge)
{
    struct memory_status status;
    struct memory_region region;
    const err_t error[] = {
        memory_space_fork(&authority, badge, 0, 0, 0, 0, one, two, &ignored),
        memory_space_build(&authority, 0, 0, 0, NULL, 0, badge, AT, AT, 8, one, two, &ignored),
        memory_space_empty(authority.cap, badge),
        memory_space_build_again(&authority, 0, badge, NULL, 0, 0, 0, 0, 0),
        memory_space_fork_again(authority.cap, badge, badge, 0, 0),
        memory_space_map(&authority, 0, badge, AT, PAGE, 0, RW, &ignored),
        memory_space_copy(authority.cap, badge, AT, badge, AT, 8),
        memory_space_write(&authority, badge, AT, bytes, 8),
        memory_space_read(&authority, badge, AT, bytes, 8, &size),
        memory_space_status(authority.cap, badge, &status),
        memory_space_region(authority.cap, badge, 0, &region),
    };
    CHECK_ALL("a badge that names no space", error, RPC_BAD_HANDLE);
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

struct range {
    const char *name;
    uint64_t address, length, offset;
    uint32_t access; /* beside MEMORY_FIXED */
    err_t error;
};

static const struct range ranges[] = {
    {"an odd address", AT + 5, PAGE, 0, RW, MEMORY_ERROR_NO_SPACE},
    {"over what is there", AT, PAGE, 0, RW | MEMORY_NO_REPLACE, MEMORY_ERROR_OVERLAP},
    {"to be written and executed", AT, PAGE, 0, WX, MEMORY_ERROR_WRITE_AND_EXECUTE},
    {"behind the object's end", AT, PAGE, 4 * PAGE, RW, RPC_OUT_OF_RANGE},
};

/* By each operation that maps. */
static void wrong_ranges(const struct task *task)
{
    const struct rpc_client client = {task->space, self.context};
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const struct range *range = &ranges[i];
        uint32_t access = range->access | MEMORY_FIXED;
        const struct memory_part parts[] = {
            {.address = AT, .length = PAGE, .access = RW},
            {range->address, range->length, range->offset, range->access, 0, 0}};
        const err_t error[] = {
            memory_map(&client, object, range->address, range->length, range->offset, access,
                       &ignored),
            memory_space_map(&authority, object, task->badge, range->address, range->length,
                             range->offset, access, &ignored),
            memory_space_build(&authority, object, 0, 0, parts, sizeof(parts), 0, 0, 0, 0, one, two,
                               &ignored),
        };
        CHECK_ALL(range->name, error, range->error);
    }
    check_result("protecting over the end", memory_protect(task->space, AT, ~0ull - PAGE + 1, RW),
                 RPC_OUT_OF_RANGE);
    check_result("a part that is none",
                 memory_space_build(&authority, 0, 0, 0, bytes, 8, 0, 0, 0, 0, one, two, &ignored),
                 RPC_OUT_OF_RANGE);
}

/* Of what lies behind the end of an object that became smaller. */
static void cut_off(const struct task *task)
{
    must("mapping it", memory_space_map(&authority, object, task->badge, AT + FAR, 4 * PAGE, 0,
                                        RW | MEMORY_FIXED, &ignored));
    must("less of it", memory_object_resize(&self, object, PAGE));
    const uint64_t gone = AT + FAR + PAGE;
    const err_t error[] = {
        memory_space_write(&authority, task->badge, gone, bytes, 8),
        memory_space_read(&authority, task->badge, gone, bytes, 8, &size),
        memory_space_copy(authority.cap, task->badge, gone, task->badge, AT, 8),
        memory_forward_fault(task->space, gone, 0),
    };
    CHECK_ALL("what was cut off", error, RPC_OUT_OF_RANGE);
    must("all of it again", memory_object_resize(&self, object, 4 * PAGE));
    must("unmapping it", memory_unmap(task->space, AT + FAR, 4 * PAGE));
}

static void not_mapped(const struct task *task)
{
    const struct memory_part nowhere = {
        .address = AT, .length = PAGE, .access = RW | MEMORY_ANONYMOUS, .touch = AT + PAGE};
    struct memory_region region;
    const err_t error[] = {
        memory_space_copy(authority.cap, task->badge, AT - PAGE, task->badge, AT, 8),
        memory_space_region(authority.cap, task->badge, 0x7ffffffe0000, &region),
        memory_space_build(&authority, 0, 0, 0, &nowhere, sizeof(nowhere), 0, 0, 0, 0, one, two,
                           &ignored),
    };
    CHECK_ALL("where nothing is", error, MEMORY_ERROR_NOT_MAPPED);
}

/* ---- Spaces that are used again -------------------------------------------------------------- */

static err_t again(uint64_t badge, const struct memory_part *part, uint64_t from)
{
    return memory_space_build_again(&authority, 0, badge, part, part ? sizeof(*part) : 0, from,
                                    AT - PAGE, AT, from ? 8 : 0);
}

static struct memory_part part_of(uint64_t address, uint64_t length, uint64_t access)
{
    return (struct memory_part){
        .address = address, .length = length, .access = access | MEMORY_ANONYMOUS};
}

static void used_again(const struct task *task)
{
    struct memory_part two_parts[] = {part_of(AT, PAGE, RW),
                                      part_of(AT, PAGE, RW | MEMORY_NO_REPLACE)};
    const struct memory_part odd = part_of(AT + 5, PAGE, RW), wx = part_of(AT, PAGE, WX),
                             good = part_of(AT, PAGE, RW), none = part_of(AT, 0, RW),
                             other = {.address = AT, .length = PAGE, .access = RW},
                             many = part_of(AT, PART_MANY, RW | MEMORY_POPULATE);
    uint64_t badge = 0;
    must("a space", memory_space_create(&authority, 0, SMALL, one, two, &badge));
    must("emptied", memory_space_empty(authority.cap, badge));
    check_result("built of nothing's part", again(badge, &other, 0), RPC_BAD_HANDLE);
    check_result("at an odd address", again(badge, &odd, 0), MEMORY_ERROR_NO_SPACE);
    check_result("to be written and executed", again(badge, &wx, 0),
                 MEMORY_ERROR_WRITE_AND_EXECUTE);
    check_result("without a length", again(badge, &none, 0), RPC_OUT_OF_RANGE);
    check_result(
        "two at one place",
        memory_space_build_again(&authority, 0, badge, two_parts, sizeof(two_parts), 0, 0, 0, 0),
        MEMORY_ERROR_OVERLAP);
    check_result("from where nothing is", again(badge, &good, task->badge),
                 MEMORY_ERROR_NOT_MAPPED);
    check_result("more than its quota", again(badge, &many, 0), RPC_QUOTA);
    must("much to copy", task_map(task, AT + FAR, PART_MANY, RW | MEMORY_POPULATE));
    check_result("a copy of more than its quota",
                 memory_space_fork_again(authority.cap, task->badge, badge, 0, 0), RPC_QUOTA);
    must("that goes", memory_unmap(task->space, AT + FAR, PART_MANY));
    check_result("at last", again(badge, &good, 0), 0);
    check_result("built while it isn't empty", again(badge, &good, 0), RPC_BUSY);
    check_result("copied into while it isn't empty",
                 memory_space_fork_again(authority.cap, task->badge, badge, 0, 0), RPC_BUSY);
    must("its end", memory_space_destroy(authority.cap, badge));
    slot_drop(one);
    slot_drop(two);
    one = slot_take();
    two = slot_take();
}

/* Its page tables have become so many that they don't stay. */
static void too_large(void)
{
    struct task task;
    task_make(&task, 0, 0);
    for (uint64_t i = 0; i < 64; i++)
        must("far apart", task_map(&task, AT + i * (1ull << 30), PAGE, RW | MEMORY_POPULATE));
    check_result("emptying a large space", memory_space_empty(authority.cap, task.badge),
                 RPC_TOO_LARGE);
    task_end(&task);
}

/* ---- Quotas ---------------------------------------------------------------------------------- */

#define GROUP 11u

/* A space whose quota is used up, with a region that isn't touched. */
static void quotas(void)
{
    struct task task, other;
    const struct memory_part many = part_of(AT, PART_MANY, RW | MEMORY_POPULATE);
    task_make(&task, 0, SMALL);
    task_make(&other, 0, 0);
    const struct rpc_client client = {task.space, self.context};
    must("a place", task_map(&other, AT, PAGE, RW | MEMORY_POPULATE));
    must("places", task_map(&task, AT, 256 * PAGE, RW));
    for (uint64_t at = AT; !memory_forward_fault(task.space, at, FAULT_WRITE); at += PAGE)
        ;
    const uint64_t rest = AT + 128 * PAGE;
    const err_t error[] = {
        memory_forward_fault(task.space, rest, FAULT_WRITE),
        memory_map(&client, object, AT + FAR, 4 * PAGE, 0, RW | MEMORY_FIXED | MEMORY_POPULATE,
                   &ignored),
        memory_object_create(&client, 32 * PAGE, OBJECT_CONTIGUOUS, one, &ignored),
        memory_space_map(&authority, 0, task.badge, AT + FAR, PART_MANY, 0,
                         RW | MEMORY_FIXED | MEMORY_POPULATE, &ignored),
        memory_space_write(&authority, task.badge, rest, bytes, 8),
        memory_space_read(&authority, task.badge, rest, bytes, 8, &size),
        memory_space_copy(authority.cap, other.badge, AT, task.badge, rest, 8),
        memory_space_build(&authority, 0, 0, SMALL, &many, sizeof(many), 0, 0, 0, 0, one, two,
                           &ignored),
    };
    CHECK_ALL("with a quota that is used up", error, RPC_QUOTA);
    must("a group", memory_group_set(authority.cap, GROUP, 64, &ignored));
    check_result("a space in a group that may have nothing",
                 memory_space_create(&authority, GROUP, 0, one, two, &ignored), RPC_QUOTA);
    check_result("a copy in a group that can't be",
                 memory_space_fork(&authority, other.badge, 256, 0, 0, 0, one, two, &ignored),
                 RPC_OUT_OF_RANGE);
    task_end(&other);
    task_end(&task);
}

void cases_errors(void)
{
    struct task task;
    object = slot_take();
    one = slot_take();
    two = slot_take();
    must("an object", memory_object_create(&self, 4 * PAGE, 0, object, &ignored));
    task_make(&task, 0, 0);
    must("a page", task_map(&task, AT, PAGE, RW));
    wrong_callers();
    wrong_objects();
    own_handles();
    no_window(&task);
    denied(&task);
    wrong_badges(task.badge + 7);
    wrong_badges(1ull << 40 | task.badge);
    wrong_ranges(&task);
    cut_off(&task);
    not_mapped(&task);
    used_again(&task);
    task_end(&task);
    too_large();
    quotas();
    must("closing", memory_object_close(&self, object));
    slot_drop(object);
    slot_drop(one);
    slot_drop(two);
}
