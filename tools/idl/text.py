# SPDX-License-Identifier: BSD-2-Clause
"""C text: comments and parameter lists in lines of 100 columns."""

WIDTH = 100


def filled(text, first, rest, width=WIDTH):
    """The words in lines, the first begun with `first`, the others with `rest`."""
    lines, line, begun = [], first, False
    words = text.split()
    if words[-1:] == ["*/"]:  # the end of a comment stays with its last word
        words[-2:] = [" ".join(words[-2:])]
    for word in words:
        if begun and len(line) + len(word) + 1 > width:
            lines.append(line.rstrip())
            line, begun = rest, False
        line += " " + word if begun else word
        begun = True
    return lines + [line.rstrip()]


def call(head, arguments, tail=""):
    """`head(argument, …)tail` in lines, broken after commas."""
    lines, line = [], head + "("
    indent = " " * len(line)
    for number, argument in enumerate(arguments or [""]):
        piece = argument + ("," if number + 1 < len(arguments) else ")" + tail)
        if line.strip() and not line.endswith("(") and len(line) + 1 + len(piece) > WIDTH:
            lines.append(line)
            line = indent + piece
        else:
            line += ("" if line.endswith("(") else " ") + piece
    return lines + [line]


def comment(paragraphs, rows=(), after=()):
    """A comment: paragraphs, then rows (name, text) in two columns, then paragraphs again."""
    lines = ["/*"]
    for text in paragraphs:
        lines += filled(text, " * ", " * ")
    if rows:
        width = max(len(name) for name, _ in rows)
        lines.append(" *")
        for name, text in rows:
            lines += filled(text, f" *   {name:<{width}}  ", " *   " + " " * (width + 2))
    for text in after:
        lines += [" *"] + filled(text, " * ", " * ")
    return lines + [" */"]


def section(title):
    return f"/* ---- {title} " + "-" * max(3, 88 - len(title)) + " */"


def wrapped(name, head, body, tail):
    """A header file with its guard."""
    guard = f"LIBSYS_{name.upper()}_H"
    return "\n".join(["/* SPDX-License-Identifier: BSD-2-Clause */", *head, f"#ifndef {guard}",
                      f"#define {guard}", "", *body, "", *tail, "#endif", ""])
