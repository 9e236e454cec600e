/* SPDX-License-Identifier: BSD-2-Clause */
/* Controls of a terminal: libsys/terminal.h lists them. */

#include "libsys/file_protocol.h"
#include "libsys/string.h"
#include "servers/console/console.h"

struct control {
    struct terminal *terminal;
    uint32_t request;
    int32_t group;
    const void *argument;
    uint32_t argument_size;
    void *result;
    uint32_t *result_size;
};

/* An argument has exactly the size of what the request takes. */
static bool argument_get(const struct control *control, void *value, uint32_t size)
{
    if (control->argument_size != size)
        return false;
    memcpy(value, control->argument, size);
    return true;
}

static err_t result_put(const struct control *control, const void *value, uint32_t size)
{
    memcpy(control->result, value, size);
    *control->result_size = size;
    return 0;
}

/* A speed that the line can't have stays as it was; all else is set. */
static void attributes_set(struct terminal *terminal, struct terminal_attributes *attributes)
{
    uint32_t before = terminal->line.attributes.output_speed;

    if (attributes->output_speed != before && devices_set_speed(attributes->output_speed))
        attributes->output_speed = before;
    attributes->input_speed = attributes->output_speed;
    line_set_attributes(&terminal->line, attributes);
}

/* Bytes that programs have written, and that aren't sent. */
static bool output_waits(const struct terminal *terminal)
{
    return terminal->screen.is_shown && (terminal->screen.count > 0 || !devices_idle());
}

/* What waits for output to be sent: done now, or later by terminal_drained. */
static err_t control_drain(struct rpc_request *rpc, const struct control *control)
{
    struct terminal *terminal = control->terminal;
    struct terminal_attributes attributes = {0};
    struct waiter *waiter;

    if (control->request != TERMINAL_DRAIN &&
        !argument_get(control, &attributes, sizeof(attributes)))
        return RPC_OUT_OF_RANGE;
    devices_send();
    if (output_waits(terminal)) {
        err_t error = waiter_add(rpc, WAITER_DRAIN, terminal->number, &waiter);
        if (error)
            return error;
        waiter->request = control->request;
        waiter->attributes = attributes;
        return 0;
    }
    if (control->request == TERMINAL_SET_FLUSH)
        line_flush_input(&terminal->line);
    if (control->request != TERMINAL_DRAIN)
        attributes_set(terminal, &attributes);
    return 0;
}

void terminal_drained(struct terminal *terminal)
{
    struct waiter *waiter;

    while ((waiter = waiter_first(WAITER_DRAIN, terminal->number)) != NULL) {
        if (answer_control(waiter, 0) == 0) {
            if (waiter->request == TERMINAL_SET_FLUSH)
                line_flush_input(&terminal->line);
            if (waiter->request != TERMINAL_DRAIN)
                attributes_set(terminal, &waiter->attributes);
        }
        waiter_end(waiter);
    }
}

static err_t control_attributes(const struct control *control)
{
    struct terminal_attributes attributes;

    if (!argument_get(control, &attributes, sizeof(attributes)))
        return RPC_OUT_OF_RANGE;
    attributes_set(control->terminal, &attributes);
    return 0;
}

static err_t control_set_size(const struct control *control)
{
    struct terminal_size size;

    if (!argument_get(control, &size, sizeof(size)))
        return RPC_OUT_OF_RANGE;
    if (memcmp(&size, &control->terminal->size, sizeof(size)) != 0) {
        control->terminal->size = size;
        terminal_signal(control->terminal, TERMINAL_SIGWINCH);
    }
    return 0;
}

static err_t control_set_group(const struct control *control)
{
    int32_t group;

    if (!argument_get(control, &group, sizeof(group)) || group <= 0)
        return RPC_OUT_OF_RANGE;
    control->terminal->word->foreground = (uint32_t)group;
    return 0;
}

static err_t control_flush(const struct control *control)
{
    struct terminal *terminal = control->terminal;
    uint32_t which;

    if (!argument_get(control, &which, sizeof(which)) || which == 0 ||
        (which & ~(TERMINAL_INPUT | TERMINAL_OUTPUT)))
        return RPC_OUT_OF_RANGE;
    if (which & TERMINAL_INPUT)
        line_flush_input(&terminal->line);
    if (which & TERMINAL_OUTPUT)
        screen_drop(&terminal->screen, terminal->screen.count);
    return 0;
}

static err_t control_flow(const struct control *control)
{
    struct line *line = &control->terminal->line;
    uint32_t which;

    if (!argument_get(control, &which, sizeof(which)) || which > TERMINAL_SEND_START)
        return RPC_OUT_OF_RANGE;
    if (which <= TERMINAL_OUTPUT_ON)
        line->stopped = which == TERMINAL_OUTPUT_OFF;
    else
        line_output(
            line, line->attributes
                      .characters[which == TERMINAL_SEND_STOP ? TERMINAL_VSTOP : TERMINAL_VSTART]);
    return 0;
}

/* Those that change nothing. */
static err_t control_tell(const struct control *control)
{
    const struct terminal *terminal = control->terminal;
    uint32_t number;

    switch (control->request) {
    case TERMINAL_GET_ATTRIBUTES:
        return result_put(control, &terminal->line.attributes, sizeof(terminal->line.attributes));
    case TERMINAL_GET_SIZE:
        return result_put(control, &terminal->size, sizeof(terminal->size));
    case TERMINAL_GET_GROUP:
        number = terminal->word->foreground;
        break;
    case TERMINAL_GET_SESSION:
        number = terminal->word->session;
        break;
    case TERMINAL_INPUT_BYTES:
        number = line_available(&terminal->line);
        break;
    case TERMINAL_OUTPUT_BYTES:
        number = terminal->screen.is_shown ? terminal->screen.count : 0;
        break;
    default:
        return RPC_UNSUPPORTED;
    }
    return result_put(control, &number, sizeof(number));
}

static err_t control_change(struct rpc_request *rpc, const struct control *control)
{
    switch (control->request) {
    case TERMINAL_SET_NOW:
        return control_attributes(control);
    case TERMINAL_SET_DRAIN:
    case TERMINAL_SET_FLUSH:
    case TERMINAL_DRAIN:
        return control_drain(rpc, control);
    case TERMINAL_SET_GROUP:
        return control_set_group(control);
    case TERMINAL_FLUSH:
        return control_flush(control);
    case TERMINAL_FLOW:
        return control_flow(control);
    default:
        return devices_break();
    }
}

static bool changes(uint32_t request)
{
    return request == TERMINAL_SET_NOW || request == TERMINAL_SET_DRAIN ||
           request == TERMINAL_SET_FLUSH || request == TERMINAL_SET_GROUP ||
           request == TERMINAL_DRAIN || request == TERMINAL_FLUSH || request == TERMINAL_FLOW ||
           request == TERMINAL_BREAK;
}

err_t terminal_control(struct rpc_request *rpc, struct terminal *terminal, uint32_t request,
                       int32_t group, const void *argument, uint32_t argument_size, void *result,
                       uint32_t *result_size)
{
    const struct control control = {terminal,      request, group,      argument,
                                    argument_size, result,  result_size};

    if (request == TERMINAL_SET_SIZE)
        return control_set_size(&control);
    if (!changes(request))
        return control_tell(&control);
    if (terminal_is_background(terminal, group))
        return FILE_ERROR_BACKGROUND;
    return control_change(rpc, &control);
}
