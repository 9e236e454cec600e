# SPDX-License-Identifier: BSD-2-Clause
"""Reads and writes tests/bench/limits, for tools/bench and tools/ratchet.

A line is: NAME FIELD TARGET CEILING [# why]. NAME and FIELD name a figure of build/bench.json;
TARGET is what we want, CEILING what must not be exceeded any more; "-" is none. A TARGET may also
be FACTOR*NAME: so many times the same field of another figure.
"""

import re

FILE = "tests/bench/limits"
LINE = re.compile(r"^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*(#.*)?$")


class Limit:
    def __init__(self, name, field, target, ceiling, why=""):
        self.name, self.field, self.why = name, field, why
        self.target, self.ceiling = target, ceiling

    def __str__(self):
        text = (f"{self.name:<24} {self.field:<10} {show(self.target):>9} "
                f"{show(self.ceiling):>9}  {self.why}")
        return text.rstrip()


def show(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if value != int(value) else str(int(value))


def number(text):
    return None if text == "-" else float(text)


def target(text):
    return text if "*" in text and float(text.split("*")[0]) else number(text)


def parse(text, where=FILE):
    """The file as a list of Limit and, for comments and empty lines, of strings."""
    entries = []
    for count, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            entries.append(line)
            continue
        match = LINE.match(line)
        try:
            entries.append(Limit(match[1], match[2], target(match[3]), number(match[4]),
                                 match[5] or ""))
        except (TypeError, ValueError):
            raise SystemExit(f"{where}:{count}: not \"NAME FIELD TARGET CEILING # why\": {line}")
    return entries


def read():
    with open(FILE) as file:
        return parse(file.read())


def only_limits(entries):
    return [entry for entry in entries if isinstance(entry, Limit)]


def write(entries):
    with open(FILE, "w") as file:
        file.write("".join(f"{entry}\n" for entry in entries))


def figure(results, limit):
    """The measured figure that the limit is about, or None."""
    return results.get(limit.name, {}).get(limit.field)


def wanted(results, limit):
    """The target as a number, or None."""
    if not isinstance(limit.target, str):
        return limit.target
    factor, name = limit.target.split("*")
    other = results.get(name, {}).get(limit.field)
    return None if other is None else float(factor) * other
