# SPDX-License-Identifier: BSD-2-Clause
"""A page of the manual for each protocol."""

import html

import page
from page import code, table

from . import client, parse
from .protocol import error_macro, number


def paragraph(lines):
    return f"<p>{html.escape(' '.join(lines))}</p>"


def kind(each):
    if each.kind == "struct":
        return f'<a href="#struct-{each.struct.name}">{code("struct " + each.struct.name)}</a>'
    words = {"string": f"text of 1 to {each.max} bytes", "bytes": f"up to {each.max} bytes",
             "handle": "a handle of this server"}.get(each.kind, each.kind)
    if each.kind == "cap":
        words = f"capability: {each.object}"
    if each.low is not None:
        words += f", {each.low} to {each.high}"
    if each.bulk:
        words += f"; more than {each.inline} by the window" if not each.out else "; by the window"
    return html.escape(words + (", or none" if each.optional else ""))


def arguments(call, out):
    head = ("result" if out else "argument", "type", "meaning")
    rows = [(code(each.name), kind(each), html.escape(each.doc))
            for each in call.arguments if each.out == out]
    return table(head, rows)


def errors(interface, call):
    names = [error_macro(interface, each) for each in call.errors]
    links = ", ".join(f'<a href="{"rpc.html" if name.startswith("RPC_") else ""}#{name}">'
                      f"{code(name)}</a>" for name in names)
    return f"<p class=soft>Errors: {links}.</p>" if links else ""


def operation(interface, call):
    how = "in registers" if not call.buffered else "with the message buffer"
    how += ", may be answered later" if call.deferred else ""
    names = ", ".join(client.parameters(call))
    return [f'<h3 id="{call.name}">{interface.name}_{call.name}'
            f"<small>operation {call.number}, {how}</small></h3>",
            paragraph([call.doc[0].upper() + call.doc[1:] + "."]),
            f"<pre>err_t {html.escape(f'{interface.name}_{call.name}({names})')};</pre>",
            arguments(call, False), arguments(call, True), errors(interface, call)]


def struct(each):
    rows, offset = [], 0
    for field in each.fields:
        rows.append((code(field.name), field.kind, offset, html.escape(field.doc)))
        offset += parse.SCALARS[field.kind][1]
    return [f'<h3 id="struct-{each.name}">struct {each.name}<small>{each.bytes} bytes</small></h3>',
            paragraph([each.doc]), table(("field", "type", "at", "meaning"), rows)]


def navigation(interface, found):
    out = ["<nav><b><a href='../manual.html'>Marcona</a></b>"]
    for each in found:
        if each is not interface:
            out.append(f"<a href='{each.name}.html'>{each.name}</a>")
            continue
        out.append(f"<b><a href='#top'>{each.name}</a></b>")
        out += [f"<a href='#{call.name}'>{call.name}</a>" for call in each.calls]
    return "\n".join(out) + "</nav>"


def protocol(interface, found):
    title = f"Protocol {interface.name}" if interface.number else "Errors of all protocols"
    out = page.begin(f"Marcona: {title}", navigation(interface, found))
    out += [f"<h1 id=top>{title}</h1>",
            f"<p class=soft>Number {interface.number}. Made from "
            f"<code>{interface.path}</code>.</p>", paragraph(interface.doc)]
    for call in interface.calls:
        out += operation(interface, call)
    sections = (
        ("Structures", [line for each in interface.structs for line in struct(each)]),
        ("Constants", table(("name", "value", "meaning"), [
            (code(name), number(value), html.escape(doc))
            for name, value, doc in interface.constants])),
        ("Events", table(("flag", "bit", "meaning"), [
            (code(f"{interface.name.upper()}_EVENT_{name}"), bit, html.escape(doc))
            for bit, name, doc in interface.events])),
        ("Errors", table(("name", "code", "meaning"), [
            (f'<code id="{error_macro(interface, name)}">{error_macro(interface, name)}</code>',
             value, html.escape(doc)) for value, name, doc in interface.errors])))
    for head, body in sections:
        if body:
            out += [f"<h2>{head}</h2>"] + (body if isinstance(body, list) else [body])
    return page.end(out)
