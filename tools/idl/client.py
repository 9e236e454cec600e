# SPDX-License-Identifier: BSD-2-Clause
"""NAME_client.h: a function for each operation, that calls it."""

from . import parse, text
from .protocol import error_macro


def c_type(argument):
    return parse.SCALARS[argument.kind][0]


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
        yield f"cap_t {each.name}"


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
        yield f"cap_t {each.name}_slot"


def parameters(call):
    yield "const struct rpc_client *rpc" if call.buffered else "cap_t rpc"
    for each in call.arguments:
        yield from out_parameters(each) if each.out else in_parameters(each)


def range_text(each):
    if each.low is not None:
        return f" ({each.low} to {each.high})"
    if each.content:
        return f" (at most {each.max} bytes{', by the window' if each.bulk else ''})"
    if each.is_cap and each.kind == "cap" and not each.out:
        return f" ({each.object}{', or 0' if each.optional else ''})"
    if each.is_cap and not each.out:
        return f" (a handle of this server{', or 0' if each.optional else ''})"
    return f" (an empty slot's handle; gets a {each.object})" if each.is_cap else ""


def comment(interface, call):
    rows = [(next(iter(parse.c_names(each))) + ("_slot" if each.out and each.is_cap else ""),
             each.doc + range_text(each)) for each in call.arguments]
    errors = ", ".join(error_macro(interface, each) for each in call.errors)
    return text.comment([call.name + ": " + call.doc + "."], rows,
                        [f"Errors: {errors}."] if errors else [])


def word_place(word, first):
    if word < parse.MESSAGE_WORDS:
        return f"msg.word[{word}]"
    return f"{first}words[{word - parse.MESSAGE_WORDS}]"


def in_words(each):
    """The expressions of its words, but for contents and capabilities."""
    if each.scalar:
        return [f"(uint64_t){each.name}" if each.kind in ("i32", "i64") else each.name]
    return [f"rpc_struct_word({each.name}, {n})" for n in range(each.struct.words)]


def assign(place, value):
    head = f"    {place} = "
    name, bracket, rest = value.partition("(")
    if len(head) + len(value) + 1 <= text.WIDTH or not bracket:
        return [head + value + ";"]
    return text.call(head + name, rest[:-1].split(", "), ";")


def unpack(each, word, buffer):
    """Statements that read a result."""
    if each.scalar:
        place = word_place(word, buffer)
        value = f"({c_type(each)}){place}"
        if each.kind == "u64":
            value = place
        if each.kind == "bool":
            value = f"{place} != 0"
        return [f"    *{each.name} = {value};"]
    if each.kind == "struct":
        return [f"    rpc_struct_set({each.name}, {n}, {word_place(word + n, buffer)});"
                for n in range(each.struct.words)]
    return []


def tag(interface, call):
    NAME = interface.name.upper()
    return f"RPC_TAG({NAME}_INTERFACE, {NAME}_CALL_{call.name.upper()})"


# ---- Registers only -----------------------------------------------------------------------------

def plain(interface, call):
    NAME = interface.name.upper()
    words = [word for each in call.request.arguments for word in in_words(each)]
    lines = ["{", "    struct message msg = {"]
    lines.append(f"        .tag = {tag(interface, call)},")
    if words:
        lines += text.filled(", ".join(words) + "},", "        .word = {", " " * 17)
    lines += ["    };", "    err_t error = call(rpc, &msg);", "",
              "    if (UNLIKELY(error || msg.tag != 0)) {",
              f"        error = rpc_failure(error, msg.tag, {NAME}_INTERFACE);",
              f"        return RPC_ANSWERED({tag(interface, call)}, 0, error);", "    }"]
    for each in call.answer.arguments:
        lines += unpack(each, call.answer.first[each], "")
    head = f"SYSCALL_INLINE MUST_USE err_t {interface.name}_{call.name}"
    return text.call(head, list(parameters(call))) + lines + ["    return 0;", "}"]


# ---- With a buffer ------------------------------------------------------------------------------

def pack_content(each):
    if each.kind == "string":
        return f"rpc_pack_string(&call, {each.name}, {each.max})"
    if each.bulk:
        return (f"rpc_pack_bulk(&call, {each.name}, {each.name}_size, {each.max}, {each.inline})")
    return f"rpc_pack_bytes(&call, {each.name}, {each.name}_size, {each.max})"


def pack(call):
    lines = []
    for each in call.request.arguments:
        place = word_place(call.request.first[each], "buffer->")
        if each.content:
            lines += assign(place, pack_content(each))
        elif each.is_cap and each.optional:
            lines += assign(place, f"rpc_pack_optional(&call, {each.name})")
        elif each.is_cap:
            lines.append(f"    rpc_pack_cap(&call, {each.name});")
        else:
            for n, value in enumerate(in_words(each)):
                lines += assign(word_place(call.request.first[each] + n, "buffer->"), value)
    for each, word in call.request.room.items():
        lines += assign(word_place(word, "buffer->"), f"rpc_pack_room(&call, {each.name}_room, "
                        f"{each.max}, {each.inline})")
    lines += [f"    rpc_pack_slot(&call, {each.name}_slot);" for each in call.answer.caps]
    return lines


def buffered(interface, call):
    uses = call.request.fixed or call.answer.fixed
    lines = ["{", "    struct rpc_call call;"]
    if uses:
        lines.append("    struct message_buffer *buffer = rpc->context->buffer;")
    lines += ["    struct message msg;", "    err_t error;", "", "    rpc_message_clear(&msg);",
              f"    rpc_call_begin(&call, rpc, {call.request.fixed});"] + pack(call)
    lines += text.call("    error = rpc_call_send", [
        "&call", "&msg", tag(interface, call), str(call.answer.fixed)], ";")
    lines += ["    if (error)",
              f"        return RPC_ANSWERED({tag(interface, call)}, call.error, error);"]
    for each in call.answer.arguments:
        word = call.answer.first[each]
        lines += unpack(each, word, "buffer->")
        if each.content:
            lines += assign(f"*{each.name}_size",
                            f"rpc_unpack_{'bulk' if each.bulk else 'bytes'}(&call, "
                            f"{word_place(word, 'buffer->')}, {each.name}, {each.name}_room)")
    head = f"static inline MUST_USE err_t {interface.name}_{call.name}"
    return text.call(head, list(parameters(call))) + lines + ["    return call.error;", "}"]


def header(interface):
    name = interface.name
    head = text.comment([f"Calls of the protocol `{name}`. " + " ".join(interface.doc)], after=[
        f"Made by tools/idl-gen from {interface.path}: change that. Each function returns 0 or an "
        "error: the kernel's, if the call didn't come to its end, or the protocol's. Results count "
        "only with 0."])
    body = ["#include \"libsys/rpc_client.h\"", f"#include \"libsys/{name}_protocol.h\""]
    for call in interface.calls:
        make = buffered if call.buffered else plain
        body += [""] + comment(interface, call) + make(interface, call)
    return text.wrapped(name + "_client", head, body, [])
