/* SPDX-License-Identifier: BSD-2-Clause */
/* See stub.h. */

#include "servers/debug/stub.h"

#include "libsys/debug_protocol.h"
#include "libsys/rpc_error.h"
#include "libsys/string.h"
#include "servers/debug/fault.h"

#define READ_MAX (PACKET_MAX / 2)
#define FEATURES                                                                       \
    "PacketSize=400;qXfer:features:read+;qXfer:osdata:read+;swbreak+;vContSupported+;" \
    "QStartNoAckMode+"
_Static_assert(PACKET_MAX == 0x400, "as FEATURES says");

struct stub stub;
static void (*send)(const char *bytes, uint32_t size);
static struct packet_reader reader;
static struct gdb_request request;

/* ---- Answers --------------------------------------------------------------------------------- */

void stub_send(void)
{
    packet_end(&stub.out);
    send(stub.out.bytes, stub.out.size);
}

void stub_say(const char *text)
{
    packet_begin(&stub.out);
    packet_text(&stub.out, text);
    stub_send();
}

/* In words, which newer versions of gdb show. */
void stub_error(err_t error)
{
    packet_begin(&stub.out);
    packet_format(&stub.out, "E.%s", rpc_error_text(error));
    stub_send();
}

static void stub_done(err_t error)
{
    if (error)
        stub_error(error);
    else
        stub_say("OK");
}

/* ---- Stopping -------------------------------------------------------------------------------- */

static void say_end(int32_t status)
{
    packet_begin(&stub.out);
    if (status & 0x7f)
        packet_format(&stub.out, "X%02x", (unsigned)status & 0x7f);
    else
        packet_format(&stub.out, "W%02x", (unsigned)(status >> 8) & 0xff);
    stub_send();
}

/* `is_step`: no breakpoint of gdb's is why. */
static void say_stop(const struct target_event *event, bool is_step)
{
    bool is_signal = event->why == WHY_SIGNAL;
    uint32_t signal = is_signal ? event->signal : stub.is_halted ? SIGNAL_INT : SIGNAL_TRAP;

    stub.thread = event->thread;
    packet_begin(&stub.out);
    packet_format(&stub.out, "T%02xthread:%x;", signal, event->thread + 1);
    if (event->why == WHY_BREAK && !is_step)
        packet_text(&stub.out, "swbreak:;");
    stub_send();
}

static void target_gone(void)
{
    stub.target = NULL;
    stub.is_waiting = false;
    resume_forget();
}

void stub_look(void)
{
    if (stub.is_awaited && process_target.state().state == TARGET_STOPPED) {
        stub.is_awaited = false;
        stub.target = &process_target;
    }
    if (!stub.target || !stub.is_waiting)
        return;
    struct target_event event = stub.target->state();
    if (event.state == TARGET_RUNS)
        return;
    bool is_step = resume_stopped(&event);
    stub.is_waiting = false;
    if (event.state == TARGET_STOPPED) {
        say_stop(&event, is_step);
    } else {
        target_gone();
        say_end(event.status);
    }
}

static void interrupt(void)
{
    if (!stub.target || !stub.is_waiting)
        return;
    stub.is_halted = true;
    (void)!stub.target->halt();
    stub_look();
}

/* ---- Attaching ------------------------------------------------------------------------------- */

static void attached(const struct target *target)
{
    stub.target = target;
    stub.is_waiting = true;
    stub.is_halted = false;
    resume_forget();
    stub_look();
}

static void attach_number(uint64_t number)
{
    bool is_program = number >= LIST_PROGRAMS;
    err_t error = RPC_BUSY;

    if (!stub.target && !stub.is_awaited)
        error = number > INT32_MAX ? RPC_NOT_FOUND
                : is_program       ? program_attach((uint32_t)number - LIST_PROGRAMS)
                                   : process_attach((int32_t)number);
    if (error)
        stub_error(error);
    else
        attached(is_program ? &program_target : &process_target);
}

/* A process of that name that runs already; 0: none. */
static int32_t process_named(const char *name)
{
    char found[NAME_ROOM];
    int32_t pid = 0;

    while (process_next_after(pid, &pid, found))
        if (string_equal(found, name))
            return pid;
    return 0;
}

/* A program of the manifest, a process, or the next process of that name. */
static void attach_wanted(void)
{
    uint32_t index;
    int32_t pid;
    err_t error;

    if (program_find(stub.wanted, &index)) {
        attach_number(LIST_PROGRAMS + index);
    } else if ((pid = process_named(stub.wanted)) != 0) {
        attach_number((uint64_t)pid);
    } else {
        error = process_await(stub.wanted);
        stub.is_awaited = stub.is_waiting = !error;
        if (error)
            stub_error(error);
    }
}

static void why(void)
{
    if (stub.target) {
        stub.is_waiting = true;
        stub_look();
    } else if (stub.is_awaited) {
        stub.is_waiting = true; /* another gdb: the first has gone */
    } else if (stub.wanted[0]) {
        attach_wanted();
    } else {
        stub_say("W00");
    }
}

static void target_detach(void)
{
    stub.target->detach();
    target_gone();
    stub_say("OK");
}

static void target_kill(void)
{
    (void)!stub.target->kill();
    target_gone();
    stub_say("OK");
}

/* ---- Memory, breakpoints, threads ------------------------------------------------------------ */

static void memory_read(void)
{
    uint8_t data[READ_MAX];
    uint32_t count = request.length < READ_MAX ? (uint32_t)request.length : READ_MAX, size = 0;
    err_t error = count ? stub.target->read(request.address, data, count, &size) : 0;

    if (error) {
        stub_say("E14"); /* EFAULT, as gdb's own servers say */
        return;
    }
    packet_begin(&stub.out);
    packet_hex(&stub.out, data, size);
    stub_send();
}

static void memory_write(void)
{
    stub_done(request.data_size
                  ? stub.target->write(request.address, request.data, request.data_size)
                  : 0);
}

static void breakpoint(bool is_insert)
{
    err_t error =
        is_insert ? stub.target->insert(request.address) : stub.target->remove(request.address);

    if (!error)
        resume_inserted(request.address, is_insert);
    if (error)
        stub_say("E14");
    else
        stub_say("OK");
}

static bool thread_exists(int64_t thread)
{
    uint32_t found;

    return thread > 0 && !stub.target->next_thread((uint32_t)thread - 1, &found) &&
           found == (uint32_t)thread - 1;
}

static void threads(void)
{
    uint32_t thread = 0;

    packet_begin(&stub.out);
    packet_text(&stub.out, "m");
    for (bool more = false; !stub.target->next_thread(thread, &thread); thread++, more = true)
        packet_format(&stub.out, more ? ",%x" : "%x", thread + 1);
    stub_send();
}

static void thread_select(void)
{
    bool is_any = request.thread <= 0;

    if (!is_any && !thread_exists(request.thread)) {
        stub_say("E01");
        return;
    }
    if (!is_any && request.kind == REQUEST_SELECT)
        stub.thread = (uint32_t)request.thread - 1;
    stub_say("OK");
}

static void thread_info_say(void)
{
    static const char text[] = "stands still";

    packet_begin(&stub.out);
    packet_hex(&stub.out, text, sizeof(text) - 1);
    stub_send();
}

static void offsets(void)
{
    uint64_t bias = stub.target->state().bias;

    packet_begin(&stub.out);
    packet_format(&stub.out, "Text=%lx;Data=%lx;Bss=%lx", bias, bias, bias);
    stub_send();
}

static void current(void)
{
    packet_begin(&stub.out);
    packet_format(&stub.out, "QC%x", stub.thread + 1);
    stub_send();
}

/* ---- Requests -------------------------------------------------------------------------------- */

static void no_ack(void)
{
    stub_say("OK");
    stub.is_acknowledged = false;
}

/* Those that need no target. False: it isn't one. */
static bool serve_always(void)
{
    switch (request.kind) {
    case REQUEST_UNKNOWN:
        return stub_say(""), true;
    case REQUEST_MALFORMED:
        return stub_say("E.malformed request"), true;
    case REQUEST_SUPPORTED:
        return stub_say(FEATURES), true;
    case REQUEST_NO_ACK:
        return no_ack(), true;
    case REQUEST_EXTENDED:
        return stub_say("OK"), true;
    case REQUEST_WHY:
        return why(), true;
    case REQUEST_ATTACH:
        return attach_number(request.number), true;
    case REQUEST_ATTACHED:
        return stub_say("1"), true;
    case REQUEST_RESUME_ASK:
        return stub_say("vCont;c;C;s;S"), true;
    case REQUEST_DESCRIPTION:
        return list_description(request.address, request.length), true;
    case REQUEST_PROCESSES:
        return list_processes(request.address, request.length), true;
    case REQUEST_MONITOR:
        return list_monitor((const char *)request.data), true;
    case REQUEST_THREADS_MORE:
        return stub_say("l"), true;
    default:
        return false;
    }
}

static void serve_target(void)
{
    switch (request.kind) {
    case REQUEST_READ_REGISTERS:
        return registers_read();
    case REQUEST_WRITE_REGISTERS:
        return registers_write(&request);
    case REQUEST_READ_REGISTER:
        return registers_read_one(request.number);
    case REQUEST_WRITE_REGISTER:
        return registers_write_one(&request);
    case REQUEST_READ_MEMORY:
        return memory_read();
    case REQUEST_WRITE_MEMORY:
        return memory_write();
    case REQUEST_INSERT:
    case REQUEST_REMOVE:
        return breakpoint(request.kind == REQUEST_INSERT);
    case REQUEST_RESUME:
        return resume_target(&request.resume);
    case REQUEST_SELECT:
    case REQUEST_SELECT_RESUMED:
        return thread_select();
    case REQUEST_ALIVE:
        return stub_say(thread_exists(request.thread) ? "OK" : "E01");
    case REQUEST_THREADS:
        return threads();
    case REQUEST_THREAD_INFO:
        return thread_info_say();
    case REQUEST_OFFSETS:
        return offsets();
    case REQUEST_CURRENT:
        return current();
    case REQUEST_DETACH:
        return target_detach();
    default:
        return target_kill();
    }
}

/* What gdb asks before anything is attached is answered as if there were nothing to tell. */
static void serve_without(void)
{
    switch (request.kind) {
    case REQUEST_THREADS:
        return stub_say("l");
    case REQUEST_SELECT:
    case REQUEST_SELECT_RESUMED:
    case REQUEST_DETACH:
        return stub_say("OK");
    case REQUEST_CURRENT:
    case REQUEST_OFFSETS:
        return stub_say("");
    default:
        return stub_say("E.nothing is attached");
    }
}

/* While it runs there is nothing to ask of it; gdb, coming again, first asks why it stopped. */
static void serve(void)
{
    request_read(reader.data, reader.size, &request);
    if (serve_always())
        return;
    if (!stub.target)
        serve_without();
    else if (stub.target->state().state != TARGET_STOPPED && request.kind != REQUEST_DETACH &&
             request.kind != REQUEST_KILL)
        stub_say("E.it doesn't stand still");
    else
        serve_target();
}

/* A gdb that has just come asks this first, and expects to be acknowledged. */
static void acknowledge(bool is_understood)
{
    static const char first[] = "qSupported";

    if (is_understood && memcmp(reader.data, first, sizeof(first) - 1) == 0)
        stub.is_acknowledged = true;
    if (stub.is_acknowledged)
        send(is_understood ? "+" : "-", 1);
}

void stub_byte(uint8_t byte)
{
    switch (packet_take(&reader, byte)) {
    case PACKET_COMPLETE:
        acknowledge(true);
        serve();
        break;
    case PACKET_TOO_LONG:
        reader.data[0] = 0;
        acknowledge(true);
        stub_say("E.too long");
        break;
    case PACKET_BAD:
        acknowledge(false);
        break;
    case PACKET_INTERRUPT:
        interrupt();
        break;
    case PACKET_AGAIN:
        send(stub.out.bytes, stub.out.size);
        break;
    case PACKET_NOTHING:
        break;
    }
}

void stub_begin(const char *wanted, void (*sender)(const char *bytes, uint32_t size))
{
    size_t length = strlen(wanted);

    send = sender;
    stub.is_acknowledged = true;
    memcpy(stub.wanted, wanted, length < NAME_ROOM ? length : NAME_ROOM - 1);
}
