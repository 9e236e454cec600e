/* SPDX-License-Identifier: BSD-2-Clause */
/* See request.h. */

#include "servers/debug/request.h"

#include "libsys/string.h"
#include "servers/debug/packet.h"

/* What is left of a packet. */
struct rest {
    const char *at, *end;
};

static bool accept_text(struct rest *rest, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(rest->end - rest->at) < length || memcmp(rest->at, text, length) != 0)
        return false;
    rest->at += length;
    return true;
}

static bool is_over(const struct rest *rest)
{
    return rest->at == rest->end;
}

/* One to 16 hexadecimal digits. */
static bool take_number(struct rest *rest, uint64_t *value)
{
    const char *begin = rest->at;

    for (*value = 0; !is_over(rest) && hex_digit(*rest->at) >= 0; rest->at++) {
        if (*value >> 60)
            return false;
        *value = *value << 4 | (uint64_t)hex_digit(*rest->at);
    }
    return rest->at > begin;
}

static bool take_thread(struct rest *rest, int64_t *thread)
{
    uint64_t number;
    bool is_negative = accept_text(rest, "-");

    if (!take_number(rest, &number) || number > INT32_MAX)
        return false;
    *thread = is_negative ? -1 : (int64_t)number;
    return !is_negative || number == 1;
}

/* Pairs of digits to the end; `xx` too where registers are. */
static bool take_hex(struct rest *rest, struct gdb_request *request, bool may_be_unknown)
{
    for (; rest->end - rest->at >= 2; rest->at += 2) {
        int high = hex_digit(rest->at[0]), low = hex_digit(rest->at[1]);
        bool is_unknown = may_be_unknown && rest->at[0] == 'x' && rest->at[1] == 'x';
        if (request->data_size == REQUEST_DATA_MAX || (!is_unknown && (high < 0 || low < 0)))
            return false;
        request->unknown[request->data_size] = is_unknown;
        request->data[request->data_size++] = is_unknown ? 0 : (uint8_t)(high << 4 | low);
    }
    return is_over(rest);
}

static bool take_binary(struct rest *rest, struct gdb_request *request)
{
    size_t length = (size_t)(rest->end - rest->at);

    if (length > REQUEST_DATA_MAX)
        return false;
    memcpy(request->data, rest->at, length);
    request->data_size = (uint32_t)length;
    rest->at = rest->end;
    return true;
}

/* ---- Memory, registers, breakpoints ---------------------------------------------------------- */

/* ADDRESS,LENGTH */
static bool take_range(struct rest *rest, struct gdb_request *request)
{
    return take_number(rest, &request->address) && accept_text(rest, ",") &&
           take_number(rest, &request->length);
}

static bool read_write_memory(struct rest *rest, struct gdb_request *request, bool is_binary)
{
    request->kind = REQUEST_WRITE_MEMORY;
    return take_range(rest, request) && accept_text(rest, ":") &&
           (is_binary ? take_binary(rest, request) : take_hex(rest, request, false)) &&
           request->data_size == request->length;
}

/* Z0,ADDRESS,KIND; what may follow, conditions and commands, wasn't offered. */
static bool read_breakpoint(struct rest *rest, struct gdb_request *request, enum request_kind kind)
{
    if (!accept_text(rest, "0,")) /* other kinds: gdb does without */
        return true;
    request->kind = kind;
    return take_range(rest, request) && is_over(rest);
}

static bool read_register(struct rest *rest, struct gdb_request *request, bool is_write)
{
    request->kind = is_write ? REQUEST_WRITE_REGISTER : REQUEST_READ_REGISTER;
    return take_number(rest, &request->number) &&
           (!is_write ||
            (accept_text(rest, "=") && take_hex(rest, request, false) && request->data_size > 0)) &&
           is_over(rest);
}

/* ---- Going on -------------------------------------------------------------------------------- */

/* cADDRESS, sADDRESS; Csignal, Ssignal. */
static bool read_resume(struct rest *rest, struct gdb_request *request, char action)
{
    struct request_resume *resume = &request->resume;
    uint64_t signal = 0;

    request->kind = REQUEST_RESUME;
    resume->is_step = action == 's' || action == 'S';
    if (action == 'C' || action == 'S') {
        if (!take_number(rest, &signal) || signal > UINT8_MAX)
            return false;
        resume->signal = (uint8_t)signal;
        if (!is_over(rest) && (!accept_text(rest, ";") || is_over(rest)))
            return false;
    }
    resume->has_address = !is_over(rest);
    return (!resume->has_address || take_number(rest, &resume->address)) && is_over(rest);
}

/* One action of vCont: LETTER[SIGNAL][:THREAD]. The first that fits a thread counts. */
static bool take_action(struct rest *rest, struct request_resume *resume)
{
    char action = is_over(rest) ? 0 : *rest->at++;
    uint64_t signal = 0;
    int64_t thread = -1;

    if (action != 'c' && action != 'C' && action != 's' && action != 'S')
        return false;
    if ((action == 'C' || action == 'S') && (!take_number(rest, &signal) || signal > UINT8_MAX))
        return false;
    if (accept_text(rest, ":") && !take_thread(rest, &thread))
        return false;
    bool is_special = signal != 0 || action == 's' || action == 'S';
    if (thread == -1)
        resume->is_alone = false;
    if ((thread > 0 || is_special) && resume->thread == 0 && !resume->signal && !resume->is_step) {
        resume->thread = thread > 0 ? thread : 0;
        resume->signal = (uint8_t)signal;
        resume->is_step = action == 's' || action == 'S';
    }
    return true;
}

static bool read_continue(struct rest *rest, struct gdb_request *request)
{
    request->kind = REQUEST_RESUME;
    request->resume.is_alone = true;
    do {
        if (!accept_text(rest, ";") || !take_action(rest, &request->resume))
            return false;
    } while (!is_over(rest));
    return true;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static bool read_select(struct rest *rest, struct gdb_request *request)
{
    if (accept_text(rest, "g"))
        request->kind = REQUEST_SELECT;
    else if (accept_text(rest, "c"))
        request->kind = REQUEST_SELECT_RESUMED;
    else
        return false;
    return take_thread(rest, &request->thread) && is_over(rest);
}

static bool read_thread(struct rest *rest, struct gdb_request *request, enum request_kind kind)
{
    request->kind = kind;
    return take_thread(rest, &request->thread) && is_over(rest);
}

static bool read_transfer(struct rest *rest, struct gdb_request *request, enum request_kind kind)
{
    request->kind = kind;
    return take_range(rest, request) && is_over(rest);
}

static bool read_v(struct rest *rest, struct gdb_request *request)
{
    if (accept_text(rest, "Cont?"))
        request->kind = REQUEST_RESUME_ASK;
    else if (accept_text(rest, "Cont"))
        return read_continue(rest, request);
    else if (accept_text(rest, "Kill"))
        request->kind = REQUEST_KILL;
    else if (accept_text(rest, "Attach;")) {
        request->kind = REQUEST_ATTACH;
        return take_number(rest, &request->number) && is_over(rest);
    }
    return true;
}

/* Questions without arguments, or with some that don't matter. */
static bool read_plain(const struct rest *rest, struct gdb_request *request)
{
    static const struct {
        const char *text;
        enum request_kind kind;
    } plain[] = {
        {"qSupported", REQUEST_SUPPORTED}, {"QStartNoAckMode", REQUEST_NO_ACK},
        {"qAttached", REQUEST_ATTACHED},   {"qOffsets", REQUEST_OFFSETS},
        {"qfThreadInfo", REQUEST_THREADS}, {"qsThreadInfo", REQUEST_THREADS_MORE},
    };

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        struct rest copy = *rest;
        if (accept_text(&copy, plain[i].text)) {
            request->kind = plain[i].kind;
            return true;
        }
    }
    return false;
}

static bool read_query(struct rest *rest, struct gdb_request *request)
{
    if (read_plain(rest, request))
        return true;
    if (accept_text(rest, "qRcmd,")) {
        request->kind = REQUEST_MONITOR;
        return take_hex(rest, request, false);
    }
    if (accept_text(rest, "qThreadExtraInfo,"))
        return read_thread(rest, request, REQUEST_THREAD_INFO);
    if (accept_text(rest, "qXfer:features:read:target.xml:"))
        return read_transfer(rest, request, REQUEST_DESCRIPTION);
    if (accept_text(rest, "qXfer:osdata:read:processes:"))
        return read_transfer(rest, request, REQUEST_PROCESSES);
    if (rest->end - rest->at == 2 && accept_text(rest, "qC"))
        request->kind = REQUEST_CURRENT;
    return true;
}

static bool read_letter(struct rest *rest, struct gdb_request *request, char letter)
{
    switch (letter) {
    case '?':
        request->kind = REQUEST_WHY;
        return is_over(rest);
    case '!':
        request->kind = REQUEST_EXTENDED;
        return is_over(rest);
    case 'g':
        request->kind = REQUEST_READ_REGISTERS;
        return is_over(rest);
    case 'G':
        request->kind = REQUEST_WRITE_REGISTERS;
        return take_hex(rest, request, true);
    case 'p':
    case 'P':
        return read_register(rest, request, letter == 'P');
    case 'm':
        return read_transfer(rest, request, REQUEST_READ_MEMORY);
    case 'M':
    case 'X':
        return read_write_memory(rest, request, letter == 'X');
    case 'Z':
    case 'z':
        return read_breakpoint(rest, request, letter == 'Z' ? REQUEST_INSERT : REQUEST_REMOVE);
    case 'c':
    case 'C':
    case 's':
    case 'S':
        return read_resume(rest, request, letter);
    case 'H':
        return read_select(rest, request);
    case 'T':
        return read_thread(rest, request, REQUEST_ALIVE);
    case 'D':
    case 'k':
        request->kind = letter == 'D' ? REQUEST_DETACH : REQUEST_KILL;
        return true;
    case 'v':
        return read_v(rest, request);
    default:
        return true;
    }
}

void request_read(const char *packet, uint32_t size, struct gdb_request *request)
{
    struct rest rest = {packet, packet + size};
    bool is_query = size > 0 && (*packet == 'q' || *packet == 'Q');

    memset(request, 0, offsetof(struct gdb_request, data));
    request->data[0] = 0;
    if (size == 0)
        return;
    if (!is_query)
        rest.at++;
    if (!(is_query ? read_query(&rest, request) : read_letter(&rest, request, *packet)))
        request->kind = REQUEST_MALFORMED;
    request->data[request->data_size] = 0;
}
