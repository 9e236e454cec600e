/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt's way to the thread that handles it. The timer chip (Intel 8254, counter 0) is set
 * to fire once, while the main thread spins; the handler's priority is higher. Some PCs have no
 * such chip any more, and are left without these figures.
 */

#include "libsys/invoke.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/pass.h"
#include "tests/bench/bench/sample.h"
#include "tests/bench/bench/worker.h"

#define PIT_COUNTER0 0x40
#define PIT_CONTROL 0x43
#define PIT_ONCE 0x30 /* counter 0, low byte then high byte, mode 0: one edge when it reaches 0 */
#define PIT_TICKS 200 /* of 838 ns */
#define PATIENCE_MS 200
#define FLAG 2u

static struct spin spin;
static unsigned passes;

struct line {
    cap_t irq, notification;
};

static void handler_run(void *context)
{
    const struct line *line = context;
    const struct message wait = {.tag = OP_notification_wait}, ack = {.tag = OP_irq_ack};

    while (passes < PASSES) {
        struct bare bare = {.message = wait, .cap = line->notification};
        bare_irq_wait(&bare);
        bench_expect("the handler gets the interrupt's flag",
                     !bare.carry && bare.message.word[0] == FLAG);
        if (spin.clock) { /* else it came before the main thread was spinning */
            sample_add(REGION_IRQ_DELIVER, bare.end - spin.clock);
            passes++;
        }
        pass_plain(bare_irq_ack, REGION_IRQ_ACK, line->irq, &ack);
        spin.stop = 1;
    }
}

static void pit_start(cap_t ports)
{
    bench_check("writing a port", io_port_out(ports, PIT_CONTROL, 1, PIT_ONCE));
    bench_check("writing a port", io_port_out(ports, PIT_COUNTER0, 1, PIT_TICKS & 0xff));
    bench_check("writing a port", io_port_out(ports, PIT_COUNTER0, 1, PIT_TICKS >> 8));
}

/* False: it doesn't come. */
static bool wait_for_interrupt(cap_t ports)
{
    spin = (struct spin){.deadline = clock_read() + PATIENCE_MS * bench.info->tsc_khz};
    sample_prepare();
    pit_start(ports);
    bare_spin(&spin);
    return spin.stop;
}

static void line_open(struct line *line)
{
    uint32_t slot = bench_slot();

    line->irq = program_cap("timer");
    line->notification = bench_make(OBJECT_NOTIFICATION, 7);
    bench_check("cnode_mint",
                cnode_mint(bench.cnode, slot, line->notification, RIGHT_NOTIFICATION_SIGNAL, FLAG));
    bench_check("irq_bind", irq_bind(line->irq, CAP_OF(slot)));
}

void interrupt_measure(void)
{
    struct line line;
    char machine[MACHINE_NAME_MAX];
    struct worker handler = {.run = handler_run, .context = &line, .priority = WORKER_HIGHEST};

    line_open(&line);
    worker_start(&handler, 0);
    while (passes < PASSES && wait_for_interrupt(program_cap("pit")))
        ;
    if (passes == PASSES)
        worker_join(&handler);
    else if (passes > 0 || bench_is_virtual(machine))
        bench_fail("the timer's interrupt doesn't come");
    bench_check("irq_bind", irq_bind(line.irq, 0));
}
