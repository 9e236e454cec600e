/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The serial line and the keyboard. Both type at the terminal that is shown; its output goes to the
 * serial line. Ctrl-] and a digit shows another terminal; Ctrl-] twice types it.
 */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/ring.h"
#include "libsys/serial_client.h"
#include "servers/console/console.h"

#define SERIAL_ADDRESS 0x20000000ull
#define KEYBOARD_ADDRESS 0x20100000ull
#define PREFIX 0x1d /* Ctrl-] */
#define BELL 7
#define SERIAL_LIMIT 500000000ull /* its driver may be waiting to be started again */

static struct {
    struct ring from_serial, to_serial, from_keyboard; /* `shared` is null: there is none */
    cap_t wake_serial, serial;
    bool has_prefix; /* the last byte was Ctrl-] */
} devices;

static bool ring_map(const char *name, uint64_t address, uint64_t bytes)
{
    cap_t frame = program_cap(name);

    if (frame == 0)
        return true;
    err_t error =
        frame_map(frame, program_cap("vspace"), address, 0, bytes, ACCESS_READ | ACCESS_WRITE);
    if (error)
        log_failure(name, error);
    return error == 0;
}

bool devices_init(void)
{
    char *serial = (char *)SERIAL_ADDRESS;

    if (!ring_map("serial-rings", SERIAL_ADDRESS, SERIAL_RINGS_BYTES) ||
        !ring_map("keyboard-ring", KEYBOARD_ADDRESS, KEYBOARD_RING_BYTES))
        return false;
    if (program_cap("serial-rings")) {
        devices.from_serial = ring_consumer(serial + SERIAL_RECEIVE_OFFSET, SERIAL_RECEIVE_SIZE);
        devices.to_serial = ring_producer(serial + SERIAL_SEND_OFFSET, SERIAL_SEND_SIZE);
    }
    if (program_cap("keyboard-ring"))
        devices.from_keyboard = ring_consumer((char *)KEYBOARD_ADDRESS, KEYBOARD_RING_SIZE);
    devices.wake_serial = program_cap("serial");
    devices.serial = program_cap("serial-line");
    return true;
}

static void wake_serial(bool notify)
{
    if (notify && devices.wake_serial)
        (void)!signal_flags(devices.wake_serial);
}

/* ---- Input ----------------------------------------------------------------------------------- */

/* What the terminal has written while it was hidden comes now. */
static void show(struct terminal *terminal)
{
    static const char text[] = "\n[terminal N]";
    char head[sizeof(text)];

    if (terminal == console.shown)
        return;
    console.shown->screen.is_shown = false;
    console.shown = terminal;
    for (uint32_t i = 0; i < sizeof(text); i++)
        head[i] = text[i] == 'N' ? (char)('1' + terminal->number) : text[i];
    if (terminal->screen.count == 0)
        terminal_print(terminal, head, sizeof(text) - 1);
    terminal->screen.is_shown = true;
}

static void typed(uint8_t byte)
{
    if (!devices.has_prefix && byte == PREFIX) {
        devices.has_prefix = true;
        return;
    }
    if (!devices.has_prefix || byte == PREFIX)
        terminal_type(console.shown, byte);
    else if (byte >= '1' && byte < '1' + TERMINALS_MAX)
        show(&terminals[byte - '1']);
    else
        screen_put(&console.shown->screen, BELL);
    devices.has_prefix = false;
}

static bool receive_from(struct ring *ring, bool *notify)
{
    uint8_t bytes[64];

    if (!ring->shared)
        return false;
    uint32_t room = line_room(&console.shown->line);
    uint32_t count = ring_get(ring, bytes, room < sizeof(bytes) ? room : sizeof(bytes), notify);
    for (uint32_t i = 0; i < count; i++)
        typed(bytes[i]);
    return count > 0;
}

/*
 * Between pieces readers get what is there. What the terminal has no room for stays in the ring,
 * and then in the device: it's fetched when somebody has read.
 */
void devices_receive(void)
{
    bool notify = false;

    while (receive_from(&devices.from_serial, &notify) ||
           receive_from(&devices.from_keyboard, &notify))
        terminal_serve(console.shown);
    wake_serial(notify);
}

/* ---- Output ---------------------------------------------------------------------------------- */

void devices_send(void)
{
    struct terminal *terminal = console.shown;
    bool notify = false;
    uint32_t count, put = 1;

    while (!terminal->line.stopped && terminal->screen.count > 0 && put > 0) {
        const uint8_t *next = screen_next(&terminal->screen, &count);
        put = devices.to_serial.shared ? ring_put(&devices.to_serial, next, count, &notify) : count;
        screen_drop(&terminal->screen, put);
    }
    wake_serial(notify);
}

bool devices_idle(void)
{
    return !devices.to_serial.shared || ring_filled(&devices.to_serial) == 0;
}

err_t devices_set_speed(uint32_t speed)
{
    if (!devices.serial || speed < 50 || speed > 115200)
        return RPC_OUT_OF_RANGE;
    timing_limit(SERIAL_LIMIT);
    err_t error = serial_set_speed(devices.serial, speed);
    timing_limit(0);
    return error;
}

err_t devices_break(void)
{
    timing_limit(SERIAL_LIMIT);
    err_t error = devices.serial ? serial_break(devices.serial) : RPC_UNSUPPORTED;
    timing_limit(0);
    return error ? RPC_UNSUPPORTED : 0;
}
