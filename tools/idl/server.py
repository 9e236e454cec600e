# SPDX-License-Identifier: BSD-2-Clause
"""NAME_server.h: takes requests apart, calls the server's functions, packs their results."""

from . import parse, text
from .client import c_type, in_words, assign, word_place
from .protocol import error_macro


def in_parameters(each):
    if each.scalar:
        yield f"{c_type(each)} {each.name}"
    elif each.kind == "struct":
        yield f"const struct {each.struct.name} *{each.name}"
    elif each.kind == "string":
        yield f"const char *{each.name}"
    elif each.kind == "bytes":
        yield f"const void *{each.name}"
        yield f"uint32_t {each.name}_size"
    else:
        yield f"{'cap_t' if each.kind == 'cap' else 'uint32_t'} {each.name}"


def out_parameters(each):
    if each.scalar:
        yield f"{c_type(each)} *{each.name}"
    elif each.kind == "struct":
        yield f"struct {each.struct.name} *{each.name}"
    elif each.kind == "bytes":
        yield f"void *{each.name}"
        yield f"uint32_t {each.name}_room"
        yield f"uint32_t *{each.name}_size"
    else:
        yield f"cap_t *{each.name}"


def parameters(call):
    yield "struct rpc_request *rpc"
    for each in call.arguments:
        yield from out_parameters(each) if each.out else in_parameters(each)


def note(each):
    if each.bulk:
        return " (may lie in the window: read it once)" if not each.out else " (maybe the window)"
    if each.kind == "handle":
        return f" (a handle's badge{', or 0' if each.optional else ''})"
    if each.kind == "cap" and each.optional:
        return " (or 0)"
    return f" ({each.low} to {each.high})" if each.low is not None else ""


def declaration(interface, call):
    rows = [(each.name, each.doc + note(each)) for each in call.arguments]
    errors = ", ".join(error_macro(interface, each) for each in call.errors)
    after = [f"Errors: {errors}."] if errors else []
    if call.deferred:
        after.append("May be deferred.")
    return text.comment([call.name + ": " + call.doc + "."], rows, after) + \
        text.call(f"static err_t {interface.name}_serve_{call.name}", list(parameters(call)), ";")


def unsupported(interface, call):
    """A macro that defines the function as one that always refuses."""
    name = f"{interface.name.upper()}_UNSUPPORTED_{call.name.upper()}"
    lines = [f"#define {name}"] + text.call(
        f"    static err_t {interface.name}_serve_{call.name}", list(parameters(call)))
    lines += ["    {"] + [f"        (void){each.split()[-1].lstrip('*')};"
                          for each in parameters(call)]
    lines += ["        return RPC_UNSUPPORTED;", "    }"]
    return [line + " \\" for line in lines[:-1]] + lines[-1:]


# ---- Taking a request apart ---------------------------------------------------------------------

def locals_of(call):
    """Declarations of what the server's function gets, and of its results."""
    for each in call.arguments:
        if each.scalar:
            if each.out:
                yield f"    {c_type(each)} {each.name} = 0;"
        elif each.kind == "struct":
            yield f"    struct {each.struct.name} {each.name}" + (" = {0};" if each.out else ";")
        elif each.kind == "string":
            yield f"    char {each.name}[{each.max} + 1];"
        elif each.kind == "bytes":
            place = f"{each.name}_place" if each.bulk else each.name
            size = each.inline
            yield f"    uint64_t {place}[RPC_WORDS({size})];"
            if each.out:
                yield f"    uint32_t {each.name}_size = 0;"
        elif each.out:
            yield f"    cap_t {each.name} = 0;"


CHECKS = {"u8": "{w} <= UINT8_MAX", "u16": "{w} <= UINT16_MAX", "u32": "{w} <= UINT32_MAX",
          "i32": "(int64_t){w} == (int32_t){w}", "bool": "{w} <= 1"}


def checks(call):
    """Conditions on words that must hold."""
    for each in call.request.arguments:
        word = word_place(call.request.first[each], "buffer->")
        if each.low is not None:
            if each.low > 0:
                yield f"{word} >= {each.low}"
            yield f"{word} <= {each.high}"
        elif each.kind in CHECKS:
            yield CHECKS[each.kind].format(w=word)
        elif each.is_cap and each.optional:
            yield f"{word} <= 1"


def take_words(call):
    """Statements that copy numbers and structs out of the message."""
    for each in call.request.arguments:
        first = call.request.first[each]
        if each.scalar:
            place = word_place(first, "buffer->")
            value = place if each.kind == "u64" else f"({c_type(each)}){place}"
            value = f"{place} != 0" if each.kind == "bool" else value
            yield f"    {c_type(each)} {each.name} = {value};"
        elif each.kind == "struct":
            for n in range(each.struct.words):
                yield (f"    rpc_struct_set(&{each.name}, {n}, "
                       f"{word_place(first + n, 'buffer->')});")


def take_rest(call):
    """Statements for capabilities and contents."""
    caps_first = sorted(call.request.arguments, key=lambda each: not each.is_cap)
    for each in caps_first:
        word = word_place(call.request.first[each], "buffer->")
        if each.kind == "string":
            yield [f"    rpc_take_string(rpc, {word}, {each.name}, {each.max});"]
        elif each.bulk:
            yield assign(f"const void *{each.name}",
                         f"rpc_take_bulk(rpc, {word}, {each.name}_place, {each.max}, "
                         f"{each.inline})")
            yield [f"    uint32_t {each.name}_size = (uint32_t){word};"]
        elif each.kind == "bytes":
            yield assign(f"uint32_t {each.name}_size",
                         f"rpc_take_bytes(rpc, {word}, {each.name}, {each.max})")
        elif each.is_cap:
            kind = "cap_t" if each.kind == "cap" else "uint32_t"
            take = f"rpc_take_cap(rpc, OBJECT_{each.object})" if each.kind == "cap" else \
                "rpc_take_handle(rpc)"
            yield [f"    {kind} {each.name} = {word + ' ? ' if each.optional else ''}{take}"
                   f"{' : 0' if each.optional else ''};"]
    for each, word in call.request.room.items():
        yield assign(f"void *{each.name}", f"rpc_take_room(rpc, {word_place(word, 'buffer->')}, "
                     f"{each.name}_place, {each.max}, {each.inline})")


def serve_arguments(call):
    yield "rpc"
    for each in call.arguments:
        if each.kind == "bytes":
            yield each.name
            if each.out:
                yield "rpc->room->bytes" if each.bulk else str(each.max)
                yield f"&{each.name}_size"
            else:
                yield f"{each.name}_size"
        elif each.out or each.kind == "struct":
            yield f"&{each.name}"
        else:
            yield each.name


# ---- Packing an answer --------------------------------------------------------------------------

def result_words(call, address):
    """Statements that put results which have words into a message."""
    for each in call.answer.arguments:
        first = call.answer.first[each]
        if each.is_cap or each.content:
            continue
        values = in_words(each)
        if each.kind == "struct":
            values = [f"rpc_struct_word({address}{each.name}, {n})"
                      for n in range(each.struct.words)]
        for n, value in enumerate(values):
            yield from assign(word_place(first + n, "buffer->"), value)


def result_rest(call, room):
    for each in call.answer.arguments:
        if each.is_cap:
            yield f"    rpc_put_cap(&answer, {each.name});"
        elif each.content:
            place = word_place(call.answer.first[each], "buffer->")
            put = f"rpc_put_bulk(&answer, {each.name}, {each.name}_size, {room})" if each.bulk \
                else f"rpc_put_bytes(&answer, {each.name}, {each.name}_size, {each.max})"
            yield from assign(place, put)


def plain_answer(call):
    """The answer in registers."""
    words = [word for each in call.answer.arguments
             for word in ([f"rpc_struct_word(&{each.name}, {n})" for n in range(each.struct.words)]
                          if each.kind == "struct" else [f"{each.name}_size | RPC_IN_WINDOW"]
                          if each.content else in_words(each))]
    if not words:
        return ["    *msg = (struct message){0};"]
    return text.filled(", ".join(words) + "}};", "    *msg = (struct message){.word = {", " " * 37)


def after_serving(interface, call, later="rpc->later"):
    NAME = interface.name.upper()
    lines = ["    if (UNLIKELY(error))",
             f"        return rpc_refuse(msg, error, {NAME}_INTERFACE);"]
    if call.deferred:
        lines += [f"    if ({later})", "        return rpc_answer_nobody(msg);"]
    return lines


def head(interface, call, kind):
    return text.call(f"{kind} enum answer {interface.name}_dispatch_{call.name}",
                     ["struct rpc_request *rpc", "struct message *msg"])


def plain(interface, call):
    serve = text.call(f"    error = {interface.name}_serve_{call.name}",
                      ["&request"] + list(serve_arguments(call))[1:], ";")
    lines = head(interface, call, "SYSCALL_INLINE")
    lines += ["{", "    struct rpc_request request = rpc_copy_request(rpc);"]
    lines += fix(take_words(call)) + fix(locals_of(call)) + ["    err_t error;", ""]
    conditions = list(fix(checks(call)))
    if conditions:
        lines += condition("    if (UNLIKELY(!(", conditions, ")))")
        lines.append("        return rpc_refuse(msg, RPC_MALFORMED, 0);")
    lines += serve + after_serving(interface, call, "request.later") + fix(plain_answer(call))
    return lines + ["    return ANSWER_REGISTERS;", "}"]


def window(interface, call):
    """The case that all contents lie in the window."""
    NAME, bulk_in, bulk_out = interface.name.upper(), call.request.bulk, call.answer.bulk
    lines = [f"/* {call.name}, with all its contents in the session's window. */"]
    lines += text.call(f"SYSCALL_INLINE bool {interface.name}_window_{call.name}",
                       ["const struct rpc_request *rpc", "uint32_t session",
                        "struct message *msg"])
    lines += ["{", "    struct rpc_request request = rpc_copy_request(rpc);"]
    lines += fix(take_words(call))
    size, room = "0", "0"
    if bulk_in:
        size = f"msg->word[{call.request.first[bulk_in]}]"
        lines.append(f"    uint32_t {bulk_in.name}_size = (uint32_t){size};")
    for each in call.answer.arguments:
        if each.scalar:
            lines.append(f"    {c_type(each)} {each.name} = 0;")
        elif each.kind == "struct":
            lines.append(f"    struct {each.struct.name} {each.name} = {{0}};")
    if bulk_out:
        room = f"msg->word[{call.request.room[bulk_out]}]"
        lines.append(f"    uint32_t {bulk_out.name}_size = 0;")
    data = bulk_in.name if bulk_in else "window"
    lines += [f"    const void *{data};", "    struct rpc_room room;", "    err_t error;", ""]
    if bulk_in:
        lines += [f"    if ({size} <= {bulk_in.inline})", "        return false;"]
    if bulk_out:
        lines += [f"    if (!({room} & RPC_IN_WINDOW))", "        return false;"]
    lines += text.call("    if (!rpc_by_window", [
        "&request", "session", size, str(bulk_in.max if bulk_in else 0), room,
        str(bulk_out.max if bulk_out else 0), f"&{data}", "&room"], ")")
    lines.append("        return false;")
    if bulk_out:
        lines.append(f"    uint8_t *{bulk_out.name} = room.window;")
    conditions = list(fix(checks(call)))
    if conditions:
        lines += condition("    if (UNLIKELY(!(", conditions, ")))")
        lines += ["        error = RPC_MALFORMED;", "    else"]
    arguments = ["&request"] + [each.replace("rpc->room->", "room.")
                                for each in list(serve_arguments(call))[1:]]
    lines += text.call(f"{'        ' if conditions else '    '}error = "
                       f"{interface.name}_serve_{call.name}", arguments, ";")
    if bulk_out:
        lines += [f"    if (!error && {bulk_out.name}_size > room.bytes)",
                  "        error = RPC_INTERNAL;"]
    lines += ["    if (UNLIKELY(error)) {",
              f"        (void)rpc_refuse(msg, error, {NAME}_INTERFACE);",
              "        return true;", "    }"]
    if call.deferred:
        lines += ["    if (request.later) {", "        (void)rpc_answer_nobody(msg);",
                  "        return true;", "    }"]
    return lines + fix(plain_answer(call)) + ["    return true;", "}"]


def condition(first, conditions, tail):
    lines, line = [], first
    for number, each in enumerate(conditions):
        piece = each + (" &&" if number + 1 < len(conditions) else tail)
        if not line.endswith("(") and len(line) + 1 + len(piece) > text.WIDTH:
            lines.append(line)
            line = " " * len(first) + piece
        else:
            line += ("" if line.endswith("(") else " ") + piece
    return lines + [line]


def fix(lines):
    """Words are the message's here."""
    return [line.replace("msg.word", "msg->word") for line in lines]


def buffered(interface, call):
    lines = head(interface, call, "static inline") + ["{"]
    if call.request.fixed or call.answer.fixed:
        lines.append("    struct message_buffer *buffer = rpc->server->buffer;")
    if call.answer.buffered:
        lines.append(f"    struct rpc_answer answer = rpc_put_begin(rpc->server, "
                     f"{call.answer.fixed});")
    lines += fix(locals_of(call)) + fix(take_words(call))
    lines += [""] if lines[-1] != "{" else []
    lines.append(f"    rpc_take_begin(rpc, {call.request.fixed});")
    lines += fix(f"    rpc_check(rpc, {each});" for each in checks(call))
    lines += fix(line for lines_ in take_rest(call) for line in lines_)
    lines += ["    err_t error = rpc_taken(rpc);", "    if (!error)"]
    lines += text.call(f"        error = {interface.name}_serve_{call.name}",
                       list(serve_arguments(call)), ";")
    lines += after_serving(interface, call)
    if not call.answer.buffered:
        return lines + fix(plain_answer(call)) + ["    return ANSWER_REGISTERS;", "}"]
    lines.append("    rpc_message_clear(msg);")
    lines += fix(result_words(call, "&")) + fix(result_rest(call, "rpc->room"))
    return lines + ["    return rpc_put_end(&answer, msg);", "}"]


# ---- Answering later ----------------------------------------------------------------------------

def later_parameters(call):
    yield "struct rpc_server *server"
    yield "struct rpc_later *later"
    yield "err_t error"
    for each in call.answer.arguments:
        if each.scalar:
            yield f"{c_type(each)} {each.name}"
        elif each.kind == "struct":
            yield f"const struct {each.struct.name} *{each.name}"
        elif each.kind == "bytes":
            yield f"const void *{each.name}"
            yield f"uint32_t {each.name}_size"
        else:
            yield f"cap_t {each.name}"


def later(interface, call):
    NAME = interface.name.upper()
    lines = text.comment([
        f"Answer a deferred `{call.name}`: with `error`, or if that is 0 with the results. "
        "NO_CALLER: nobody waits for it any more. RPC_TOO_LARGE: more than there is room for; "
        "nothing was sent."])
    lines += text.call(f"static inline MUST_USE err_t {interface.name}_answer_{call.name}",
                       list(later_parameters(call)))
    lines += ["{"]
    if call.answer.fixed:
        lines.append("    struct message_buffer *buffer = server->buffer;")
    lines += [f"    struct rpc_answer answer = rpc_put_begin(server, {call.answer.fixed});",
              "    struct message msg = {0};", "", "    if (error)",
              f"        return rpc_later_refuse(later, error, {NAME}_INTERFACE);"]
    if call.answer.bulk:
        lines.append("    rpc_later_begin(server, later);")
    lines += list(result_words(call, "")) + list(result_rest(call, "&later->room"))
    return lines + ["    return rpc_later_send(later, &msg, &answer);", "}"]


# ---- Dispatch -----------------------------------------------------------------------------------

def case(interface, call):
    NAME = interface.name.upper()
    return f"    case RPC_TAG({NAME}_INTERFACE, {NAME}_CALL_{call.name.upper()}):"


def dispatch(interface):
    name, NAME = interface.name, interface.name.upper()
    lines = ["/* Requests that need the message buffer, or that nobody knows. */"]
    lines += [f"static __attribute__((noinline)) enum answer {name}_dispatch_buffer(",
              "    struct rpc_request *rpc, struct message *msg)",
              "{", "    struct rpc_arrival in;", "    enum answer answer;", ""]
    windows = [each for each in interface.calls if each.window_only]
    if windows:
        lines += ["    if ((msg->tag & TAG(0, 0x7f, 7)) == TAG(0, 0, 1)) {",
                  "        uint32_t session = rpc_session_sent(rpc);",
                  "        switch (msg->tag & ~TAG(0, 0, 7)) {"]
        for each in windows:
            lines += ["    " + case(interface, each),
                      f"            if ({name}_window_{each.name}(rpc, session, msg))",
                      "                return ANSWER_REGISTERS;", "            break;"]
        lines += ["        default:", "            break;", "        }", "    }", ""]
    lines += ["    rpc_accept(rpc, &in, msg);", "    switch (msg->tag & ~TAG(0, 0x7f, 7)) {"]
    for each in interface.calls:
        if each.buffered:
            lines += [case(interface, each),
                      f"        answer = {name}_dispatch_{each.name}(rpc, msg);", "        break;"]
    for each in interface.calls:
        if not each.buffered:
            lines.append(case(interface, each))
    if not all(each.buffered for each in interface.calls):
        lines += ["        answer = rpc_refuse(msg, RPC_MALFORMED, 0);", "        break;"]
    lines += ["    default:", "        answer = rpc_refuse(msg, RPC_UNKNOWN_OPERATION, 0);",
              "    }", "    rpc_release(rpc);", "    return answer;", "}", ""]
    lines += text.filled("Serve a request, and make the message its answer. "
                         "What needs no buffer stays in registers. */", "/* ", " * ")
    lines += [f"SYSCALL_INLINE enum answer {name}_dispatch(struct rpc_request *rpc, "
              "struct message *msg)", "{"]
    plains = [each for each in interface.calls if not each.buffered or each.window_only]
    if plains:
        lines += ["    if (LIKELY(rpc->kind == 0)) {", "        switch (msg->tag) {"]
        for each in plains:
            lines.append("    " + case(interface, each))
            if each.buffered:
                lines += [f"            if ({name}_window_{each.name}(rpc, rpc->badge, msg))",
                          "                return ANSWER_REGISTERS;", "            break;"]
            else:
                lines.append(f"            return {name}_dispatch_{each.name}(rpc, msg);")
        lines += ["        default:", "            break;", "        }", "    }", ""]
    lines += ["    struct rpc_request request = rpc_copy_request(rpc);",
              "    struct message message = *msg;",
              f"    enum answer answer = {name}_dispatch_buffer(&request, &message);", "",
              "    *msg = message;", "    return answer;", "}"]
    return lines


def header(interface):
    name = interface.name
    first = f"The server's side of the protocol `{name}`. " + " ".join(interface.doc)
    how = (f"Made by tools/idl-gen from {interface.path}: change that. A server defines the "
           f"functions {name}_serve_*, and calls {name}_dispatch: libsys/rpc_server.h.")
    head_ = text.comment([first], after=[how])
    body = ["#include \"libsys/rpc_server.h\"", f"#include \"libsys/{name}_protocol.h\"", "",
            text.section("What the server defines"), "",
            "/* Its parameters may have other names. */",
            "/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */"]
    for call in interface.calls:
        body += [""] + declaration(interface, call)
    body += ["", "/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */"]
    deferred = [call for call in interface.calls if call.deferred]
    if deferred:
        body += ["", text.section("Answers that come later")]
    for call in deferred:
        body += [""] + later(interface, call)
    body += ["", text.section("For a server that can't do all of it"), "",
             f"/* {name.upper()}_UNSUPPORTED_{interface.calls[0].name.upper()}; defines that "
             "function as one that returns RPC_UNSUPPORTED. */"]
    for call in interface.calls:
        body += [""] + unsupported(interface, call)
    body += ["", text.section("Dispatch")]
    for call in interface.calls:
        body += [""] + (buffered if call.buffered else plain)(interface, call)
        if call.window_only:
            body += [""] + window(interface, call)
    return text.wrapped(name + "_server", head_, body + [""] + dispatch(interface), [])
