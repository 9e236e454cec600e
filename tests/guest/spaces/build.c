/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that one request makes whole, and those that are emptied and made again: what is in them,
 * and that after an error there is none, or an empty one (each error: errors.c).
 */
#include "tests/guest/spaces/cases.h"

#include "libsys/rpc_error.h"
#include "libsys/string.h"

/* The object: a page of code, and pages of bytes 1, 2, 3. */
#define OBJECT_PAGES 4u
#define DATA_AT 0x500000ull
#define ZERO_FROM (DATA_AT + 2 * PAGE + 200) /* where the data's end is zero */
#define STACK_AT 0x700000ull
#define STACK_PAGES 16u
#define COPY_TO (STACK_AT + 15 * PAGE - 100)
#define COPY_BYTES 300u
#define PARTS 3u
#define RX (MEMORY_READ | MEMORY_EXECUTE)
#define FAR (1ull << 47) /* beyond the user's addresses */

/* What a space is asked for with. */
struct plan {
    cap_t object;
    uint32_t group, parts_bytes;
    uint64_t quota, from, from_address, to_address, length;
    struct memory_part part[PARTS];
};

static struct task source; /* bytes are copied from its memory */
static cap_t object, read_only;
static uint8_t *object_bytes, sent[COPY_BYTES], received[2 * PAGE];
static cap_t space_slot, vspace_slot;

static struct plan good_plan(void)
{
    return (struct plan){
        .object = object,
        .parts_bytes = PARTS * sizeof(struct memory_part),
        .from = source.badge,
        .from_address = AT + 50,
        .to_address = COPY_TO,
        .length = COPY_BYTES,
        .part = {{.address = CODE_ADDRESS, .length = PAGE, .access = RX, .touch = CODE_ADDRESS},
                 {.address = DATA_AT,
                  .length = 3 * PAGE,
                  .offset = PAGE,
                  .access = RW | MEMORY_PRIVATE,
                  .zero = ZERO_FROM},
                 {.address = STACK_AT,
                  .length = STACK_PAGES * PAGE,
                  .access = RW | MEMORY_ANONYMOUS | MEMORY_GROWS_DOWN}},
    };
}

static err_t build(const struct plan *plan, uint64_t *badge)
{
    return memory_space_build(&authority, plan->object, plan->group, plan->quota, plan->part,
                              plan->parts_bytes, plan->from, plan->from_address, plan->to_address,
                              plan->length, space_slot, vspace_slot, badge);
}

static err_t again(const struct plan *plan, uint64_t badge)
{
    return memory_space_build_again(&authority, plan->object, badge, plan->part, plan->parts_bytes,
                                    plan->from, plan->from_address, plan->to_address, plan->length);
}

/* ---- The beginning and the end --------------------------------------------------------------- */

static void begin(void)
{
    uint64_t ignored, at = 0;
    object = slot_take();
    read_only = slot_take();
    must("an object", memory_object_create(&self, OBJECT_PAGES * PAGE, 0, object, &ignored));
    must("mapping it", memory_map(&self, object, 0, OBJECT_PAGES * PAGE, 0, RW, &at));
    must("sharing it", memory_object_share(&self, object, OBJECT_READ_ONLY, read_only));
    object_bytes = (uint8_t *)at;
    /* NOLINTNEXTLINE(clang-analyzer-unix.cstring.NullArg): it was mapped */
    memcpy(object_bytes, victim_code, (size_t)(victim_code_end - victim_code));
    for (unsigned i = 1; i < OBJECT_PAGES; i++)
        memset(object_bytes + i * PAGE, (int)i, PAGE);
    task_make(&source, 0, 0);
    must("memory to copy from", task_map(&source, AT, PAGE, RW));
    for (unsigned i = 0; i < COPY_BYTES; i++)
        sent[i] = (uint8_t)(i * 7);
    must("writing it", memory_space_write(&authority, source.badge, AT + 50, sent, COPY_BYTES));
    space_slot = slot_take();
    vspace_slot = slot_take();
}

/* A space that was made ends; the two slots are empty for the next. */
static void space_end(uint64_t badge)
{
    must("ending a space", memory_space_destroy(authority.cap, badge));
    slot_drop(space_slot);
    slot_drop(vspace_slot);
    space_slot = slot_take();
    vspace_slot = slot_take();
}

static void end(void)
{
    task_end(&source);
    must("unmapping the object",
         memory_unmap(self.cap, (uint64_t)object_bytes, OBJECT_PAGES * PAGE));
    must("closing it", memory_object_close(&self, object));
    slot_drop(object);
    slot_drop(read_only);
    slot_drop(space_slot);
    slot_drop(vspace_slot);
}

/* ---- What is in it --------------------------------------------------------------------------- */

static bool bytes_are(uint64_t badge, uint64_t address, uint32_t bytes, uint8_t value)
{
    uint32_t size = 0;
    bool same = !memory_space_read(&authority, badge, address, received, bytes, &size);
    for (uint32_t i = 0; i < bytes && same; i++)
        same = received[i] == value;
    return same && size == bytes;
}

static uint64_t resident(uint64_t badge, uint64_t address)
{
    struct memory_region region = {0};
    must("a region", memory_space_region(authority.cap, badge, address, &region));
    return region.resident;
}

/* Before any thread has touched it. */
static void check_built(uint64_t badge)
{
    uint32_t size = 0;
    CHECK("the part that was to be touched is there", resident(badge, CODE_ADDRESS) >= PAGE);
    CHECK("its page with the end of the data too", resident(badge, DATA_AT) >= PAGE);
    CHECK("the data is the object's", bytes_are(badge, DATA_AT, 300, 1) &&
                                          bytes_are(badge, DATA_AT + PAGE, 300, 2) &&
                                          bytes_are(badge, DATA_AT + 2 * PAGE, 200, 3));
    CHECK("up to where it's zero", bytes_are(badge, ZERO_FROM, 300, 0) &&
                                       bytes_are(badge, DATA_AT + 3 * PAGE - 300, 300, 0));
    check_result("bytes were copied",
                 memory_space_read(&authority, badge, COPY_TO, received, COPY_BYTES, &size), 0);
    CHECK("and are the same", size == COPY_BYTES && memcmp(sent, received, COPY_BYTES) == 0);
    CHECK("beside them is nothing",
          bytes_are(badge, COPY_TO - 64, 64, 0) && bytes_are(badge, COPY_TO + COPY_BYTES, 64, 0));
}

/* By a thread in it. */
static void check_lives(struct task *task)
{
    CHECK("it reads its data", (task_read(task, DATA_AT + PAGE) & 0xff) == 2);
    CHECK("and writes it", fill(task, DATA_AT, 3, 70) && holds(task, DATA_AT, 3, 70));
    CHECK("for itself", object_bytes[PAGE] == 1 && object_bytes[2 * PAGE] == 2);
    CHECK("its stack is its own", fill(task, STACK_AT, STACK_PAGES, 90));
}

static bool is_empty(uint64_t badge)
{
    struct memory_region region;
    struct memory_status status = {0};
    return memory_space_region(authority.cap, badge, 0, &region) == MEMORY_ERROR_NOT_MAPPED &&
           !memory_space_status(authority.cap, badge, &status) && status.regions == 0;
}

/* ---- Made, emptied, made again --------------------------------------------------------------- */

static void whole_lives(void)
{
    struct task task = {.space = space_slot, .vspace = vspace_slot};
    struct plan plan = good_plan();
    check_result("a space made whole", build(&plan, &task.badge), 0);
    check_built(task.badge);
    check_result("it isn't empty", again(&plan, task.badge), RPC_BUSY);
    for (unsigned life = 0; life < 3; life++) {
        task_begin(&task);
        check_lives(&task);
        task_stop(&task);
        check_result("it's emptied", memory_space_empty(authority.cap, task.badge), 0);
        CHECK("all of it", is_empty(task.badge));
        check_result("and made again", again(&plan, task.badge), 0);
        check_built(task.badge);
    }
    space_end(task.badge);
    check_result("it's no more", again(&plan, task.badge), RPC_BAD_HANDLE);
    plan.from = plan.length = 0;
    plan.object = 0;
    memset(plan.part, 0, 2 * sizeof(plan.part[0]));
    plan.part[0] = plan.part[2];
    plan.parts_bytes = sizeof(plan.part[0]);
    check_result("without an object, nothing copied", build(&plan, &task.badge), 0);
    CHECK("its memory is zero", bytes_are(task.badge, STACK_AT, 300, 0));
    space_end(task.badge);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

enum mistake {
    OBJECT_IS_A_SPACE,
    NO_OBJECT,
    NO_SOURCE,
    NOTHING_TO_COPY,
    COPY_TO_NOTHING,
    COPY_TOO_MUCH,
    PART_IS_CUT,
    ACCESS_TOO_WIDE,
    PART_IS_EMPTY,
    BEYOND_OBJECT,
    BEYOND_ADDRESSES,
    PARTS_OVERLAP,
    WRITE_EXECUTE,
    WRITE_READ_ONLY,
    MISTAKES,
};

static struct plan plan_with(enum mistake mistake)
{
    struct plan plan = good_plan();
    switch (mistake) {
    case OBJECT_IS_A_SPACE:
        plan.object = source.space;
        break;
    case NO_OBJECT:
        plan.object = 0;
        break;
    case NO_SOURCE:
        plan.from = 12345;
        break;
    case NOTHING_TO_COPY:
        plan.from_address = AT + PAGE - 10;
        break;
    case COPY_TO_NOTHING:
        plan.to_address = STACK_AT + STACK_PAGES * PAGE;
        break;
    case COPY_TOO_MUCH:
        plan.length = (1ull << 20) + 1;
        break;
    case PART_IS_CUT:
        plan.parts_bytes -= 8;
        break;
    case ACCESS_TOO_WIDE:
        plan.part[2].access |= 1ull << 32;
        break;
    case PART_IS_EMPTY:
        plan.part[2].length = 0;
        break;
    case BEYOND_OBJECT:
        plan.part[1].offset = 2 * PAGE;
        break;
    case BEYOND_ADDRESSES:
        plan.part[2].address = FAR;
        break;
    case PARTS_OVERLAP:
        plan.part[2].address = DATA_AT + 2 * PAGE;
        plan.part[2].access |= MEMORY_NO_REPLACE;
        break;
    case WRITE_EXECUTE:
        plan.part[1].access |= MEMORY_EXECUTE;
        break;
    default:
        plan.object = read_only;
        plan.part[1].access = RW;
        break;
    }
    return plan;
}

static const struct {
    const char *name;
    err_t error;
} mistakes[MISTAKES] = {
    [OBJECT_IS_A_SPACE] = {"not an object", RPC_BAD_HANDLE},
    [NO_OBJECT] = {"parts of no object", RPC_BAD_HANDLE},
    [NO_SOURCE] = {"bytes of no space", RPC_BAD_HANDLE},
    [NOTHING_TO_COPY] = {"bytes that aren't there", MEMORY_ERROR_NOT_MAPPED},
    [COPY_TO_NOTHING] = {"bytes to where nothing is", MEMORY_ERROR_NOT_MAPPED},
    [COPY_TOO_MUCH] = {"too many bytes", RPC_OUT_OF_RANGE},
    [PART_IS_CUT] = {"half a part", RPC_OUT_OF_RANGE},
    [ACCESS_TOO_WIDE] = {"an access that can't be", RPC_OUT_OF_RANGE},
    [PART_IS_EMPTY] = {"an empty part", RPC_OUT_OF_RANGE},
    [BEYOND_OBJECT] = {"more than the object has", RPC_OUT_OF_RANGE},
    [BEYOND_ADDRESSES] = {"beyond the user's addresses", MEMORY_ERROR_NO_SPACE},
    [PARTS_OVERLAP] = {"parts at one place", MEMORY_ERROR_OVERLAP},
    [WRITE_EXECUTE] = {"writable and executable", MEMORY_ERROR_WRITE_AND_EXECUTE},
    [WRITE_READ_ONLY] = {"a read-only object to be written", RPC_DENIED},
};

/* The slots stay empty: the next attempt has the same. */
static void refused(void)
{
    uint64_t badge = 0, emptied = 0;
    struct plan plan = good_plan();
    cap_t space = slot_take(), vspace = slot_take();
    must("an empty space", memory_space_create(&authority, 0, 0, space, vspace, &emptied));
    for (unsigned i = 0; i < MISTAKES; i++) {
        struct plan wrong = plan_with((enum mistake)i);
        check_result(mistakes[i].name, build(&wrong, &badge), mistakes[i].error);
        check_result("made again: the same", again(&wrong, emptied), mistakes[i].error);
        CHECK("it stays empty", is_empty(emptied));
    }
    check_result("at last without a mistake", again(&plan, emptied), 0);
    check_built(emptied);
    must("ending it", memory_space_destroy(authority.cap, emptied));
    plan.group = 256;
    check_result("a group that can't be", build(&plan, &badge), RPC_OUT_OF_RANGE);
    plan.group = 0;
    plan.quota = 40 << 10;
    check_result("too small a quota", build(&plan, &badge), RPC_QUOTA);
    slot_drop(space);
    slot_drop(vspace);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

static void forks(void)
{
    struct task parent, child = {.space = slot_take(), .vspace = slot_take()};
    const uint64_t written = AT + 8;
    must("an empty space",
         memory_space_create(&authority, 0, 0, child.space, child.vspace, &child.badge));
    task_make(&parent, 0, 0);
    must("map", task_map(&parent, AT, 20 * PAGE, RW));
    CHECK("fill", fill(&parent, AT, 20, 1));
    check_result("a copy of none", memory_space_fork_again(authority.cap, 12345, child.badge, 0, 0),
                 RPC_BAD_HANDLE);
    check_result("in none", memory_space_fork_again(authority.cap, parent.badge, 12345, 0, 0),
                 RPC_BAD_HANDLE);
    check_result("in itself",
                 memory_space_fork_again(authority.cap, child.badge, child.badge, 0, 0), RPC_BUSY);
    check_result("where something is",
                 memory_space_fork_again(authority.cap, child.badge, parent.badge, 0, 0), RPC_BUSY);
    for (unsigned life = 0; life < 3; life++) {
        check_result("a copy in an empty space",
                     memory_space_fork_again(authority.cap, parent.badge, child.badge, written,
                                             life ? written + PAGE : 0),
                     0);
        must("its script goes", memory_unmap(child.space, SCRIPT_ADDRESS, PAGE));
        task_begin(&child);
        CHECK("has it all", holds(&child, AT, 20, life ? 500 : 1));
        CHECK("both write", fill(&parent, AT, 20, 500) && fill(&child, AT + 10 * PAGE, 10, 900));
        CHECK("each for itself", holds(&child, AT, 10, life ? 500 : 1) &&
                                     holds(&child, AT + 10 * PAGE, 10, 900) &&
                                     holds(&parent, AT, 20, 500));
        task_stop(&child);
        check_result("emptied", memory_space_empty(authority.cap, child.badge), 0);
        CHECK("all of it", is_empty(child.badge) && holds(&parent, AT, 20, 500));
    }
    must("ending it", memory_space_destroy(authority.cap, child.badge));
    task_end(&parent);
    slot_drop(child.space);
    slot_drop(child.vspace);
}

#define SPREAD (1ull << 31)
#define SPREAD_PAGES 8u

/* More page tables than a small program has. */
static void spread_pages(const struct task *task)
{
    for (uint64_t i = 0; i < SPREAD_PAGES; i++)
        must("map", task_map(task, AT + i * SPREAD, PAGE, RW | MEMORY_POPULATE));
}

/*
 * What is too much for its quota leaves it empty, however large its page tables were by then, and
 * good for what isn't too much.
 */
static void fork_too_large(void)
{
    struct task parent;
    struct plan plan = good_plan();
    cap_t space = slot_take(), vspace = slot_take();
    const uint64_t last = AT + SPREAD_PAGES * SPREAD;
    uint64_t badge = 0;
    must("an empty space", memory_space_create(&authority, 0, 256 << 10, space, vspace, &badge));
    task_make(&parent, 0, 0);
    spread_pages(&parent);
    must("map", task_map(&parent, last, 256 * PAGE, RW));
    CHECK("fill", fill(&parent, last, 256, 1));
    check_result("more than its quota",
                 memory_space_fork_again(authority.cap, parent.badge, badge, last, 0), RPC_QUOTA);
    CHECK("it's empty", is_empty(badge));
    CHECK("the parent goes on", fill(&parent, last, 256, 2) && holds(&parent, last, 256, 2));
    check_result("and good for another", again(&plan, badge), 0);
    check_built(badge);
    must("ending it", memory_space_destroy(authority.cap, badge));
    task_end(&parent);
    slot_drop(space);
    slot_drop(vspace);
}

void cases_build(void)
{
    begin();
    whole_lives();
    refused();
    forks();
    fork_too_large();
    end();
}

/* ---- Without memory -------------------------------------------------------------------------- */

#define MANY 1024ull

/*
 * Another has all pages but a few, one more each time: a space is made whole, or is empty; and in
 * the end it's made.
 */
void cases_build_scarce(void)
{
    struct task greedy;
    struct plan plan;
    uint64_t badge = 0, pages = 0, none = 0, made = 0, wrong = 0;
    begin();
    plan = good_plan();
    task_make(&greedy, 0, 0);
    must("an empty space", memory_space_create(&authority, 0, 0, space_slot, vspace_slot, &badge));
    must("map", task_map(&greedy, AT, MANY * PAGE, RW));
    while (pages < MANY &&
           !memory_space_write(&authority, greedy.badge, AT + pages * PAGE, &plan, 8))
        pages++;
    for (unsigned i = 0; i < 12; i++) {
        err_t error = again(&plan, badge);
        none += error == RPC_NO_MEMORY;
        made += !error;
        wrong += error ? error != RPC_NO_MEMORY || !is_empty(badge)
                       : memory_space_empty(authority.cap, badge) != 0;
        error = memory_space_fork_again(authority.cap, source.badge, badge, AT, 0);
        wrong += error ? error != RPC_NO_MEMORY || !is_empty(badge)
                       : memory_space_empty(authority.cap, badge) != 0;
        must("a page more", memory_unmap(greedy.space, AT + --pages * PAGE, PAGE));
    }
    CHECK("refused at first, made at last, empty always", none > 0 && made > 0 && wrong == 0);
    space_end(badge);
    task_end(&greedy);
    end();
}
