/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of a serial line: moves bytes between the UART and the rings that it shares with the
 * console, on interrupts and on the console's signals. See README.md.
 */

#include "libsys/invoke.h"
#include "libsys/log.h"
#include "libsys/program.h"
#include "libsys/ring.h"
#include "libsys/serial_server.h"
#include "libsys/timer_client.h"
#include "servers/serial/uart.h"

#define RINGS_ADDRESS 0x20000000ull
#define SLOTS 64
#define SPEED 115200u
#define BREAK_NANOSECONDS 250000000ull

/* Flags of the notification `work`. */
#define WORK_CONSOLE 1u
#define WORK_INTERRUPT 2u
#define WORK_BREAK_ENDS 4u

static struct {
    struct uart uart;
    struct serial_status status;
    struct ring received, sent;
    cap_t irq, console, timer;
    uint32_t timer_number;
    bool is_held;  /* the console takes no more: neither do we */
    bool in_break; /* nothing is sent until it ends */
    bool has_byte; /* received, but the ring was full */
    uint8_t byte;
} serial;

static uint64_t bitmap[SLOTS_WORDS(SLOTS)];
static struct slots slots;
static struct rpc_server server;

/* ---- Data ------------------------------------------------------------------------------------ */

static void note(uint32_t seen)
{
    serial.status.overruns += (seen & UART_OVERRUN) != 0;
    serial.status.framing += (seen & (UART_FRAMING | UART_PARITY)) != 0;
    serial.status.breaks += (seen & UART_BREAK) != 0;
}

/* A byte that a break made isn't one. */
static bool fetch(void)
{
    uint32_t seen;

    while (!serial.has_byte && uart_receive(&serial.uart, &serial.byte, &seen)) {
        note(seen);
        serial.has_byte = !(seen & UART_BREAK);
    }
    return serial.has_byte;
}

/* What doesn't fit stays in the device, whose own flow control then holds the line. */
static void receive(bool *notify)
{
    serial.is_held = false;
    while (fetch()) {
        if (ring_put(&serial.received, &serial.byte, 1, notify) == 0) {
            serial.is_held = true;
            serial.status.held++;
            return;
        }
        serial.has_byte = false;
        serial.status.received++;
    }
}

/* True if more may follow, so that the transmitter is to tell when it's empty. */
static bool send(bool *notify)
{
    uint8_t burst[UART_FIFO];

    if (serial.in_break)
        return false;
    if (!uart_ready(&serial.uart))
        return true;
    uint32_t count = ring_get(&serial.sent, burst, serial.uart.burst, notify);
    for (uint32_t i = 0; i < count; i++)
        uart_send(&serial.uart, burst[i]);
    serial.status.sent += count;
    return count > 0;
}

static void tell_console(bool notify)
{
    if (notify)
        (void)!signal_flags(serial.console);
}

/* All that can be done now. */
static void work(void)
{
    bool notify = false, more;

    receive(&notify);
    more = send(&notify);
    uart_enable(&serial.uart, !serial.is_held, more);
    tell_console(notify);
}

/*
 * The line interrupts at its edge, so all reasons must be gone before the next can come; one that
 * came while the interrupt was masked is found after it was acknowledged.
 */
static void interrupt(void)
{
    do {
        while (uart_interrupts(&serial.uart))
            work();
        (void)!irq_ack(serial.irq);
    } while (uart_interrupts(&serial.uart));
}

/* Without a device output goes nowhere, so that nobody waits for it. */
static void discard(void)
{
    uint8_t bytes[64];
    bool notify = false;

    while (ring_get(&serial.sent, bytes, sizeof(bytes), &notify) > 0)
        ;
    tell_console(notify);
}

static void break_end(void)
{
    if (serial.in_break)
        uart_break(&serial.uart, false);
    serial.in_break = false;
}

static void notified(uint64_t flags)
{
    if (!serial.status.present) {
        discard();
        return;
    }
    if (flags & WORK_BREAK_ENDS)
        break_end();
    if (flags & WORK_INTERRUPT)
        interrupt();
    work();
}

/* ---- Requests -------------------------------------------------------------------------------- */

static err_t serial_serve_status(struct rpc_request *rpc, struct serial_status *status)
{
    (void)rpc;
    *status = serial.status;
    return 0;
}

static err_t serial_serve_set_speed(struct rpc_request *rpc, uint32_t speed)
{
    (void)rpc;
    if (!serial.status.present)
        return RPC_NOT_FOUND;
    if (!uart_set_speed(&serial.uart, speed))
        return RPC_OUT_OF_RANGE;
    serial.uart.interrupts = 0; /* its register was part of the divisor */
    serial.status.speed = speed;
    work();
    return 0;
}

static err_t serial_serve_break(struct rpc_request *rpc)
{
    uint64_t left, now = 0;

    (void)rpc;
    if (!serial.status.present)
        return RPC_NOT_FOUND;
    if (!serial.timer || timer_now(serial.timer, &now))
        return RPC_UNSUPPORTED;
    if (timer_arm(serial.timer, serial.timer_number, now + BREAK_NANOSECONDS, 0, &left))
        return RPC_UNSUPPORTED;
    serial.in_break = true;
    uart_break(&serial.uart, true);
    return 0;
}

static enum answer serve(void *context, err_t kind, uint32_t badge, struct message *message)
{
    struct rpc_request request = rpc_begin(context, kind, badge);

    if (kind != RECEIVE_NOTIFICATION)
        return serial_dispatch(&request, message);
    notified(message->word[0]);
    *message = (struct message){0};
    return ANSWER_REGISTERS;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

/* A capability of `work` that sets these flags; 0: that failed, and was logged. */
static cap_t work_flag(uint32_t flags)
{
    uint32_t slot = slots_take(&slots, 1);
    err_t error = cnode_mint(program_cap("cnode"), slot, program_cap("work"),
                             RIGHT_NOTIFICATION_SIGNAL, flags);

    if (error)
        log_failure("a flag of work", error);
    return error ? 0 : CAP_OF(slot);
}

static bool rings_map(void)
{
    err_t error = frame_map(program_cap("rings"), program_cap("vspace"), RINGS_ADDRESS, 0,
                            SERIAL_RINGS_BYTES, ACCESS_READ | ACCESS_WRITE);
    char *rings = (char *)RINGS_ADDRESS;

    if (error) {
        log_failure("mapping the rings", error);
        return false;
    }
    serial.received = ring_producer(rings + SERIAL_RECEIVE_OFFSET, SERIAL_RECEIVE_SIZE);
    serial.sent = ring_consumer(rings + SERIAL_SEND_OFFSET, SERIAL_SEND_SIZE);
    return true;
}

static bool device_start(void)
{
    const struct program_cap *ports = program_cap_find("ports");

    if (!ports || !uart_init(&serial.uart, ports->cap, (uint16_t)ports->first, SPEED)) {
        log_write(LOG_WARNING, "no UART at port 0x%lx: output is dropped",
                  ports ? ports->first : 0);
        return true;
    }
    err_t error = irq_bind(serial.irq, work_flag(WORK_INTERRUPT));
    if (error) {
        log_failure("the interrupt", error);
        return false;
    }
    serial.status.present = 1;
    serial.status.speed = SPEED;
    log_write(LOG_INFO, "UART at port 0x%lx, %u bytes FIFO, %u 8N1", ports->first,
              serial.uart.burst, SPEED);
    return true;
}

/* Breaks need the timer; all else goes without. */
static void timer_start(void)
{
    static struct rpc_context context;
    struct rpc_client client = {.cap = program_cap("timer"), .context = &context};

    context.buffer = program_buffer();
    if (!client.cap)
        return;
    err_t error = timer_create(&client, work_flag(WORK_BREAK_ENDS), &serial.timer_number);
    if (error)
        log_failure("a timer for breaks", error);
    else
        serial.timer = client.cap;
}

int main(const struct program_info *info)
{
    (void)info;
    serial.irq = program_cap("irq");
    serial.console = program_cap("console");
    if (rpc_server_open(&server, &slots, bitmap, SLOTS) || !rings_map() || !device_start())
        return 1;
    timer_start();
    err_t error = notification_bind(program_cap("work"), program_cap("self"));
    if (error) {
        log_failure("binding work", error);
        return 1;
    }
    notified(serial.status.present ? WORK_CONSOLE : 0);
    return (int)server_run(serve, &server);
}
