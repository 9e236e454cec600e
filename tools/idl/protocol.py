# SPDX-License-Identifier: BSD-2-Clause
"""NAME_protocol.h: numbers, errors and structs; rpc_tables.h: names for traces."""

from . import parse, text


def number(value):
    if value < 1 << 31:
        return str(value)
    return f"{value:#x}" + ("u" if value < 1 << 32 else "ull")


def define(name, value, doc):
    return text.filled(doc + " */", f"#define {name} {value} /* ", " " * 8)


def error_macro(interface, name):
    """RPC_NOT_FOUND for the common ones, FILE_ERROR_NO_ROOM for a protocol's own."""
    if interface.number == 0:
        return f"RPC_{name}"
    if name in interface.common_errors():
        return f"RPC_{name}"
    return f"{interface.name.upper()}_ERROR_{name}"


def struct(each):
    lines = [f"/* {each.doc} */", f"struct {each.name} {{"]
    for field in each.fields:
        declared = f"    {parse.SCALARS[field.kind][0]} {field.name};"
        lines += text.filled(field.doc + " */", f"{declared} /* ", " " * 8)
    return lines + ["};", f"_Static_assert(sizeof(struct {each.name}) == {each.bytes}, "
                    f"\"struct {each.name}\");"]


def header(interface):
    NAME = interface.name.upper()
    head = text.comment([" ".join(interface.doc)], after=[
        f"Made by tools/idl-gen from {interface.path}: change that."])
    own = interface.number == 0
    body = [f"#include \"libsys/{'rpc_error' if own else 'rpc_protocol'}.h\""]
    if not own:
        body += ["", f"#define {NAME}_INTERFACE {interface.number}"]
        for each in interface.calls:
            body.append(f"#define {NAME}_CALL_{each.name.upper()} {each.number}")
    if interface.constants:
        body.append("")
    for name, value, doc in interface.constants:
        body += define(name, number(value), doc)
    if interface.errors:
        body.append("")
    for code, name, doc in interface.errors:
        body += define(error_macro(interface, name), f"RPC_ERROR({interface.number}, {code})", doc)
    if interface.events:
        body.append("")
    for bit, name, doc in interface.events:
        body += define(f"{NAME}_EVENT_{name}", f"(1u << {bit})", doc)
    for call in interface.calls:
        for each in call.request.contents:
            if each.bulk:
                body += [""] + define(f"{NAME}_{call.name.upper()}_{each.name.upper()}_INLINE",
                                      each.inline, "bytes that need no window")
    for each in interface.structs:
        body += [""] + struct(each)
    return text.wrapped(interface.name + "_protocol", head, body, [])


def quoted(string):
    return '"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tables(interfaces):
    """Lists for libsys/rpc_names.c, as macros to be defined around an #include."""
    lines = ["/* SPDX-License-Identifier: BSD-2-Clause */",
             "/* Made by tools/idl-gen from libsys/ *.idl: lists for libsys/rpc_names.c. */", ""]
    lines[1] = lines[1].replace("/ *", "/NAME")
    lines += ["#ifdef RPC_INTERFACE"]
    lines += [f"RPC_INTERFACE({each.number}, {quoted(each.name)})" for each in interfaces]
    lines += ["#endif", "", "#ifdef RPC_OPERATION"]
    for interface in interfaces:
        lines += [f"RPC_OPERATION({interface.number}, {each.number}, {quoted(each.name)})"
                  for each in interface.calls]
    lines += ["#endif", "", "#ifdef RPC_ERROR_ENTRY"]
    for interface in interfaces:
        for code, name, doc in interface.errors:
            lines += text.call("RPC_ERROR_ENTRY", [f"{interface.number}", f"{code}", quoted(name),
                                                   quoted(doc)])
    return "\n".join(lines + ["#endif", ""])
