/* SPDX-License-Identifier: BSD-2-Clause */
/* See controller.h. */

#include "servers/keyboard/controller.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/time.h"

#define PORT_DATA 0x60
#define PORT_COMMAND 0x64
#define STATUS_OUTPUT 0x01 /* a byte can be read */
#define STATUS_INPUT 0x02  /* the last byte written isn't taken yet */
#define STATUS_MOUSE 0x20  /* the byte is the mouse's */

enum command {
    READ_CONFIGURATION = 0x20,
    WRITE_CONFIGURATION = 0x60,
    MOUSE_OFF = 0xa7,
    TEST = 0xaa,
    TEST_KEYBOARD = 0xab,
    KEYBOARD_OFF = 0xad,
    KEYBOARD_ON = 0xae,
};
#define TEST_GOOD 0x55
#define CONFIGURATION_INTERRUPT 0x01
#define CONFIGURATION_MOUSE_INTERRUPT 0x02
#define CONFIGURATION_KEYBOARD_OFF 0x10
#define CONFIGURATION_TRANSLATE 0x40
#define KEYBOARD_SCAN 0xf4

#define PATIENCE 100000000ull /* nanoseconds */
#define LEFTOVERS 64          /* bytes in its buffer: more mean that nobody is there */

static uint8_t get(const char *cap, uint16_t port)
{
    uint64_t value = 0xff;

    (void)!io_port_in(program_cap(cap), port, 1, &value);
    return (uint8_t)value;
}

static void set(const char *cap, uint16_t port, uint8_t value)
{
    (void)!io_port_out(program_cap(cap), port, 1, value);
}

static uint8_t status(void)
{
    return get("command", PORT_COMMAND);
}

/* Until this bit of the status is so; false: it didn't become so in time. */
static bool await(uint8_t bit, bool is_set)
{
    uint64_t end = time_ticks() + time_to_ticks(&program_info()->time, PATIENCE);

    while (((status() & bit) != 0) != is_set)
        if (time_ticks() > end)
            return false;
    return true;
}

static bool command(enum command command)
{
    if (!await(STATUS_INPUT, false))
        return false;
    set("command", PORT_COMMAND, (uint8_t)command);
    return true;
}

static bool answer(uint8_t *byte)
{
    if (!await(STATUS_OUTPUT, true))
        return false;
    *byte = get("data", PORT_DATA);
    return true;
}

static bool ask(enum command question, uint8_t *byte)
{
    return command(question) && answer(byte);
}

bool controller_write(uint8_t byte)
{
    if (!await(STATUS_INPUT, false))
        return false;
    set("data", PORT_DATA, byte);
    return true;
}

bool controller_read(uint8_t *byte)
{
    for (int i = 0; i < LEFTOVERS; i++) {
        uint8_t now = status();
        if (!(now & STATUS_OUTPUT))
            return false;
        *byte = get("data", PORT_DATA);
        if (!(now & STATUS_MOUSE))
            return true;
    }
    return false;
}

static bool drain(void)
{
    for (int i = 0; i < LEFTOVERS; i++) {
        if (!(status() & STATUS_OUTPUT))
            return true;
        (void)get("data", PORT_DATA);
    }
    return false;
}

static bool configure(bool *translated)
{
    uint8_t configuration;

    if (!ask(READ_CONFIGURATION, &configuration))
        return false;
    configuration |= CONFIGURATION_INTERRUPT | CONFIGURATION_TRANSLATE;
    configuration &= (uint8_t) ~(CONFIGURATION_MOUSE_INTERRUPT | CONFIGURATION_KEYBOARD_OFF);
    if (!command(WRITE_CONFIGURATION) || !controller_write(configuration) ||
        !ask(READ_CONFIGURATION, &configuration))
        return false;
    *translated = configuration & CONFIGURATION_TRANSLATE;
    return true;
}

const char *controller_init(bool *translated)
{
    uint8_t byte = 0;

    if (status() == 0xff)
        return "there is no keyboard controller";
    if (!command(KEYBOARD_OFF) || !command(MOUSE_OFF) || !drain())
        return "the keyboard controller doesn't take commands";
    if (!ask(TEST, &byte))
        return "the keyboard controller doesn't answer its test";
    if (byte != TEST_GOOD)
        return "the keyboard controller failed its test";
    if (!ask(TEST_KEYBOARD, &byte) || byte != 0)
        return "the keyboard's line failed its test";
    if (!configure(translated) || !command(KEYBOARD_ON))
        return "the keyboard controller doesn't keep its configuration";
    if (!controller_write(KEYBOARD_SCAN) || !answer(&byte) || byte != CONTROLLER_ACKNOWLEDGE)
        return "there is no keyboard, or it doesn't answer";
    return NULL;
}
