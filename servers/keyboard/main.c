/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyboard's driver: on each interrupt, from scan codes to text in the console's ring. */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/ring.h"
#include "libsys/rpc_server.h"
#include "servers/keyboard/controller.h"
#include "servers/keyboard/keys.h"

#define RING_ADDRESS 0x20000000ull
#define SLOTS 64
#define SET_LEDS 0xed
#define LED_CAPS_LOCK 4

static struct {
    struct ring ring;
    struct keys keys;
    cap_t irq, console;
    bool translated;
    bool leds_wanted; /* SET_LEDS was sent: its acknowledgement is awaited */
} keyboard;

/* The light follows Caps Lock: a command, its acknowledgement, the lights, another one. */
static void leds_begin(void)
{
    keyboard.leds_wanted = controller_write(SET_LEDS);
}

static void leds_end(void)
{
    if (keyboard.leds_wanted)
        (void)controller_write(keyboard.keys.caps_lock ? LED_CAPS_LOCK : 0);
    keyboard.leds_wanted = false;
}

/* Text for which there is no room is lost: nobody types so much that isn't read. */
static void code(uint8_t byte, bool *notify)
{
    char text[KEYS_TEXT];
    bool caps_lock = keyboard.keys.caps_lock;

    if (byte == CONTROLLER_ACKNOWLEDGE) {
        leds_end();
        return;
    }
    if (!keyboard.translated)
        byte = keys_translate(&keyboard.keys, byte);
    if (byte == 0)
        return;
    uint32_t length = keys_type(&keyboard.keys, byte, text);
    (void)ring_put(&keyboard.ring, (const uint8_t *)text, length, notify);
    if (caps_lock != keyboard.keys.caps_lock)
        leds_begin();
}

/* A byte that came while the interrupt was masked is looked for after it was acknowledged. */
static void interrupt(void)
{
    bool notify = false;
    uint8_t byte;

    while (controller_read(&byte))
        code(byte, &notify);
    (void)!irq_ack(keyboard.irq);
    while (controller_read(&byte))
        code(byte, &notify);
    if (notify)
        (void)!signal_flags(keyboard.console);
}

/* It has no protocol: calls are only answered, so that it's known to live. */
static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    (void)context, (void)badge;
    if (kind == RECEIVE_NOTIFICATION)
        interrupt();
    return rpc_refuse(message, RPC_UNKNOWN_OPERATION, 0);
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static err_t ring_map(void)
{
    err_t error = frame_map(program_cap("ring"), program_cap("vspace"), RING_ADDRESS, 0,
                            KEYBOARD_RING_BYTES, ACCESS_READ | ACCESS_WRITE);

    if (!error)
        keyboard.ring = ring_producer((char *)RING_ADDRESS, KEYBOARD_RING_SIZE);
    return error;
}

/* The interrupt sets a flag of `work`, which wakes this server. */
static err_t interrupt_bind(uint32_t slot)
{
    err_t error =
        cnode_mint(program_cap("cnode"), slot, program_cap("work"), RIGHT_NOTIFICATION_SIGNAL, 1);

    if (!error)
        error = notification_bind(program_cap("work"), program_cap("self"));
    if (!error)
        error = irq_bind(keyboard.irq, CAP_OF(slot));
    return error;
}

int main(const struct program_info *info)
{
    keyboard.irq = program_cap("irq");
    keyboard.console = program_cap("console");
    err_t error = ring_map();
    const char *wrong = error ? NULL : controller_init(&keyboard.translated);
    if (wrong) {
        log_write(LOG_WARNING, "%s: there is only the serial line to type at", wrong);
    } else if (!error) {
        error = interrupt_bind(info->first_free_slot);
        log_write(LOG_INFO, "keyboard, scan code set %u", keyboard.translated ? 1 : 2);
    }
    if (error) {
        log_failure("set-up", error);
        return 1;
    }
    return (int)server_run(serve, NULL);
}
