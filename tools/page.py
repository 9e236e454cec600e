# SPDX-License-Identifier: BSD-2-Clause
"""What the pages of the manual share: tools/abi-gen writes that of the system calls, tools/idl-gen
those of the protocols."""

import html

STYLE = """
:root { --ink: #1d2125; --soft: #5c6670; --line: #dfe3e6; --paper: #fdfdfc; --tint: #f2f4f5;
        --accent: #8a3b12; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #d8dce0; --soft: #939ca5; --line: #33393f; --paper: #16191c; --tint: #1f2327;
          --accent: #e59866; } }
* { box-sizing: border-box }
body { margin: 0; color: var(--ink); background: var(--paper);
       font: 16px/1.55 Charter, "Bitstream Charter", Cambria, Georgia, serif }
nav { position: fixed; top: 0; bottom: 0; left: 0; width: 15rem; overflow-y: auto; padding: 1.5rem;
      border-right: 1px solid var(--line); font-size: .85rem; background: var(--tint) }
nav b { display: block; margin: 1rem 0 .2rem }
nav a { display: block; color: var(--soft); text-decoration: none; padding: .05rem 0 }
nav a:hover { color: var(--accent) }
nav b a { color: var(--ink) }
main { margin-left: 15rem; padding: 2rem 3rem 6rem; max-width: 62rem }
h1 { font-size: 2rem; margin: 0 0 .3rem }
h2 { margin: 3.5rem 0 .5rem; padding-top: .6rem; border-top: 2px solid var(--ink) }
h3 { margin: 2.2rem 0 .3rem; font: 600 1.05rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace;
     color: var(--accent) }
h3 small, h2 small { color: var(--soft); font-weight: normal; font-size: .8rem; margin-left: .6em }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 4px;
      padding: .7rem 1rem; overflow-x: auto }
table { border-collapse: collapse; margin: .5rem 0; font-size: .92rem; width: 100% }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td:first-child { white-space: nowrap }
.soft { color: var(--soft) }
@media (max-width: 50rem) { nav { position: static; width: auto; border: 0 }
                            main { margin: 0; padding: 1.5rem } }
"""


def table(heads, rows):
    if not rows:
        return ""
    out = ["<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"]
    out += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "\n".join(out) + "</table>"


def code(text):
    return f"<code>{html.escape(str(text))}</code>"


def begin(title, navigation):
    return ["<!doctype html><html lang=en><meta charset=utf-8>",
            f"<title>{html.escape(title)}</title>",
            "<meta name=viewport content='width=device-width'>", f"<style>{STYLE}</style>",
            navigation, "<main>"]


def end(lines):
    return "\n".join(lines + ["</main></html>", ""])
