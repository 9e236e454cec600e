/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Platform capability, which the root task never gives away: so this program is booted as the
 * root task itself (tests/qemu/platform.sh). Interrupt lines, ports and device memory are made,
 * refused, used and taken back; every error that kernel/abi lists for these operations must have
 * been seen. It ends by switching the machine off.
 */

#include "kernel/abi/bootinfo.h"
#include "libsys/invoke.h"
#include "libsys/names.h"
#include "libsys/print.h"

_Noreturn void program_start(const struct boot_info *boot);

#define PLATFORM CAP_OF(BOOT_SLOT_PLATFORM)
#define CNODE CAP_OF(BOOT_SLOT_CNODE)
#define VSPACE CAP_OF(BOOT_SLOT_VSPACE)
#define WINDOW 0x40000000ull
#define SERIAL 0x3f8

static unsigned failures;
static uint32_t seen[4]; /* by operation: a bit for each error, bit 0 for success */
static uint32_t slot_next;

static void report(const char *name, bool good, const char *why)
{
    if (good) {
        print("ok platform: %s\n", name);
    } else {
        print("not ok platform: %s: %s\n", name, why);
        failures++;
    }
}

#define CHECK(name, condition) report(name, condition, #condition)

static void check_result(const char *name, unsigned operation, err_t result, unsigned code,
                         unsigned argument)
{
    seen[operation] |= 1u << ERR_CODE(result);
    if (ERR_CODE(result) == code && (code == 0 || ERR_ARGUMENT(result) == argument))
        return;
    print("not ok platform: %s: %s, argument %u, where %s, argument %u was expected\n", name,
          error_name(result), ERR_ARGUMENT(result), error_name((err_t)code), argument);
    failures++;
}

#define OK(operation, ...) \
    check_result(#operation, OP_##operation, operation(PLATFORM, __VA_ARGS__), 0, 0)
#define FAILS(code, argument, operation, ...)                                                \
    check_result(#operation, OP_##operation, operation(PLATFORM, __VA_ARGS__), ERROR_##code, \
                 argument)

static uint32_t new_slot(void)
{
    return slot_next++;
}

/* A copy with fewer rights. */
static cap_t weakened(cap_t cap, unsigned rights)
{
    uint32_t slot = new_slot();

    if (cnode_copy(CNODE, slot, cap, rights))
        report("copy", false, "cnode_copy failed");
    return CAP_OF(slot);
}

/* The handle among the arguments, and the slot that it leads to, of an operation with two more. */
#define TABLE_ERRORS(operation, third, fourth)                                        \
    do {                                                                              \
        uint32_t slot_ = new_slot();                                                  \
        FAILS(INVALID_CAPABILITY, 1, operation, CAP_OF(slot_), slot_, third, fourth); \
        FAILS(INVALID_CAPABILITY, 1, operation, 0, slot_, third, fourth);             \
        FAILS(WRONG_TYPE, 1, operation, VSPACE, slot_, third, fourth);                \
        FAILS(MISSING_RIGHT, 1, operation, weakened(CNODE, 0), slot_, third, fourth); \
        FAILS(OUT_OF_RANGE, 1, operation, CAP_OF(1u << 25), slot_, third, fourth);    \
        FAILS(OUT_OF_RANGE, 2, operation, CNODE, 1ull << 40, third, fourth);          \
        FAILS(OCCUPIED, 2, operation, CNODE, BOOT_SLOT_CNODE, third, fourth);         \
        check_result(#operation, OP_##operation,                                      \
                     operation(weakened(PLATFORM, 0), CNODE, slot_, third, fourth),   \
                     ERROR_MISSING_RIGHT, 0);                                         \
        check_result(#operation, OP_##operation,                                      \
                     operation(CAP_OF(slot_), CNODE, slot_, third, fourth),           \
                     ERROR_INVALID_CAPABILITY, 0);                                    \
    } while (0)

/* ---- Interrupt lines ---- */

static void test_irq(void)
{
    uint32_t slot = new_slot(), other = new_slot();

    TABLE_ERRORS(platform_irq, 1, IRQ_ISA);
    FAILS(OUT_OF_RANGE, 3, platform_irq, CNODE, slot, 16, IRQ_ISA);
    FAILS(OUT_OF_RANGE, 3, platform_irq, CNODE, slot, 1000, IRQ_EDGE);
    FAILS(OUT_OF_RANGE, 3, platform_irq, CNODE, slot, 1ull << 32, IRQ_EDGE);
    FAILS(OUT_OF_RANGE, 4, platform_irq, CNODE, slot, 1, 8);
    FAILS(OUT_OF_RANGE, 4, platform_irq, CNODE, slot, 1, 1ull << 63);
    OK(platform_irq, CNODE, slot, 1, IRQ_ISA);
    FAILS(BOUND, 3, platform_irq, CNODE, other, 1, IRQ_ISA);
    FAILS(BOUND, 3, platform_irq, CNODE, other, 1, IRQ_LEVEL);
    CHECK("delete a handler", cnode_delete(CNODE, slot) == 0);
    OK(platform_irq, CNODE, other, 1, IRQ_EDGE);
    OK(platform_irq, CNODE, slot, 5, IRQ_LEVEL | IRQ_LOW);
    CHECK("a handler isn't bound", ERR_CODE(irq_ack(CAP_OF(slot))) == ERROR_NOT_BOUND);
}

/* ---- Ports ---- */

static void test_ports(void)
{
    uint32_t slot = new_slot(), whole = new_slot();
    uint64_t value;

    TABLE_ERRORS(platform_ports, 0x80, 1);
    FAILS(OUT_OF_RANGE, 3, platform_ports, CNODE, slot, 0x10000, 1);
    FAILS(OUT_OF_RANGE, 3, platform_ports, CNODE, slot, -1ull, 1);
    FAILS(OUT_OF_RANGE, 4, platform_ports, CNODE, slot, 0x80, 0);
    FAILS(OUT_OF_RANGE, 4, platform_ports, CNODE, slot, 0xffff, 2);
    FAILS(OUT_OF_RANGE, 4, platform_ports, CNODE, slot, 0, 0x10001);
    FAILS(OUT_OF_RANGE, 4, platform_ports, CNODE, slot, 1, 1ull << 32);
    OK(platform_ports, CNODE, slot, 0xfffc, 4);
    CHECK("the last ports", io_port_in(CAP_OF(slot), 0xfffc, 4, &value) == 0);
    CHECK("behind them",
          ERR_CODE(io_port_in(CAP_OF(slot), 0xffff, 2, &value)) == ERROR_OUT_OF_RANGE);
    OK(platform_ports, CNODE, whole, 0, 0x10000);
    CHECK("all ports", io_port_out(CAP_OF(whole), SERIAL + 7, 1, 0x42) == 0 &&
                           io_port_in(CAP_OF(whole), SERIAL + 7, 1, &value) == 0 && value == 0x42);
}

/* ---- Device memory ---- */

/* The text screen's memory, which every PC has: what is written there stays. */
static void test_screen(void)
{
    volatile uint16_t *screen = (volatile uint16_t *)WINDOW;
    uint32_t slot = new_slot(), copy = new_slot();

    OK(platform_device, CNODE, slot, 0xb8000, 15);
    CHECK("map the screen",
          frame_map(CAP_OF(slot), VSPACE, WINDOW, 0, 0x8000, ACCESS_READ | ACCESS_WRITE) == 0);
    screen[0] = 0x1e4d;
    CHECK("it is memory", screen[0] == 0x1e4d);
    CHECK("twice", cnode_copy(CNODE, copy, CAP_OF(slot), RIGHT_FRAME_READ) == 0 &&
                       frame_map(CAP_OF(copy), VSPACE, WINDOW + 0x10000, 0, 0x1000,
                                 ACCESS_READ | ACCESS_COMBINE) == 0 &&
                       screen[0x8000] == 0x1e4d);
    CHECK("delete it", cnode_delete(CNODE, slot) == 0);
    CHECK("its copies went too",
          ERR_CODE(frame_unmap(CAP_OF(copy), 0, 0x1000)) == ERROR_INVALID_CAPABILITY);
}

/* Memory, and what the kernel drives, is never given out as a device. */
static void test_device(const struct boot_info *boot)
{
    uint32_t slot = new_slot();

    TABLE_ERRORS(platform_device, 0xb8000, 15);
    FAILS(OUT_OF_RANGE, 4, platform_device, CNODE, slot, 0xb8000, 11);
    FAILS(OUT_OF_RANGE, 4, platform_device, CNODE, slot, 0, 37);
    FAILS(OUT_OF_RANGE, 4, platform_device, CNODE, slot, 0, 64);
    FAILS(MISALIGNED, 3, platform_device, CNODE, slot, 0xb8000, 16);
    FAILS(MISALIGNED, 3, platform_device, CNODE, slot, 0xb8001, 12);
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 1ull << 52, 12);
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 1ull << 63, 12);
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 0x100000, 12);   /* the kernel */
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 0, 36);          /* all of it */
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 0xfee00000, 12); /* the local APIC */
    FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, 0xfec00000, 12); /* the IOAPIC */
    for (uint32_t i = 0; i < boot->untyped_count; i++)
        FAILS(OUT_OF_RANGE, 3, platform_device, CNODE, slot, boot->untyped[i].address & -4096ull,
              12);
    OK(platform_device, CNODE, slot, 0x10000000000, 36);
}

/* ---- What the list says ---- */

static void test_coverage(void)
{
    enum {
        BIT_ = 0,
#define ERROR(code, NAME, blame, doc) BIT_##NAME = 1 << (code),
#include "kernel/abi/errors.def"
#undef ERROR
    };
    /* FULL: there are more vectors than any IOAPIC has lines. */
    const uint32_t implied = BIT_INVALID_CAPABILITY | BIT_WRONG_TYPE | BIT_MISSING_RIGHT | 1;
#define ERRORS(...) ERRORS_4(__VA_ARGS__, , , , )
#define ERRORS_4(a, b, c, d, ...) ((BIT_##a | BIT_##b | BIT_##c | BIT_##d) & ~BIT_FULL)
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc)                 \
    if (OBJECT_##OBJECT == OBJECT_PLATFORM && OP_##name != OP_platform_power_off)            \
        report(#name ": every error, and success", seen[(number)&3] == ((errors) | implied), \
               "something of its list was never seen, or something else was");
#include "kernel/abi/invocations.def"
#undef INVOCATION
}

_Noreturn void program_start(const struct boot_info *boot)
{
    uint32_t console;

    slot_next = boot->first_free_slot;
    console = new_slot();
    if (platform_ports(PLATFORM, CNODE, console, SERIAL, 8) == 0)
        print_to(CAP_OF(console), SERIAL);
    test_irq();
    test_ports();
    test_device(boot);
    test_screen();
    test_coverage();
    CHECK("power off by somebody without the right",
          ERR_CODE(platform_power_off(weakened(PLATFORM, 0), 0)) == ERROR_MISSING_RIGHT);
    report("power off", true, "");
    (void)!platform_power_off(PLATFORM, failures);
    for (;;)
        __builtin_trap();
}
