#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tests/qemu/session.py SCRIPT...: types at the system's terminal, and looks at what it answers.

Boots the system in QEMU with its serial line as the terminal. A script is a text of lines:

  boot OPTION...        first: options of tools/run (--manifest, --mem, --args, ...), --boot kernel
                        if not given
  test NAME             what follows, to the next such line, is one test: it prints "ok NAME"
  send TEXT             type it, and Enter
  keys TEXT             type it, without Enter; ^C is Ctrl-C, ^M Enter, ^? delete, ^^ a ^
  paste COUNT TEXT      the same so often, all at once
  press KEY...          at QEMU's PS/2 keyboard, one after the other: a, ret, shift-a, ctrl-c
  expect TEXT           it appears in the output, behind what was expected before
  line TEXT             a line of the output is exactly this (and not the echo of what was typed)
  match REGEX           as expect, a regular expression
  absent TEXT           it has not appeared since the beginning of this test
  within SECONDS        how long to wait in the lines that follow (20 at first)
  end success|failure|reset   the machine ends by itself, and so

A line that begins with # is a comment. What isn't fulfilled in time fails the test and ends the
script, with the last lines of the output. The exit status is 0 only if all was fulfilled. In
Python: with Session(["--manifest", FILE]) as session: session.send("ls"); session.expect("bin").
"""

import importlib.machinery
import importlib.util
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")
LIMIT = 300  # seconds: no script takes longer
SHOWN = 25


def load_run():
    """tools/run as a module: it knows how to start QEMU."""
    loader = importlib.machinery.SourceFileLoader("run", os.path.join(TOOLS, "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
    loader.exec_module(module)
    return module


run = load_run()


class Unfulfilled(Exception):
    """What was expected and didn't come, in one sentence."""


class Session:
    """A booted system with its terminal."""

    def __init__(self, options):
        sys.argv = ["session", *options]
        opt = run.options()
        if "--boot" not in options:
            opt.boot = "kernel"
        self.directory = tempfile.TemporaryDirectory()
        self.monitor = self.directory.name + "/monitor"
        command = [*run.qemu_command(opt), "-qmp", f"unix:{self.monitor},server=on,wait=off"]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.child.stdout, selectors.EVENT_READ)
        self.begin = time.monotonic()
        self.text, self.at, self.mark = "", 0, 0
        self.raw, self.ended, self.within = b"", False, 20.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run.stop(self.child)
        self.directory.cleanup()

    def read(self, limit):
        """Takes what comes until the time `limit`; False: nothing came, nor will in time."""
        if self.ended or not self.selector.select(max(0.0, limit - time.monotonic())):
            return False
        data = os.read(self.child.stdout.fileno(), 65536)
        self.ended = not data
        # An escape sequence, or a character, may come in two parts.
        self.raw += data
        whole = len(self.raw) if self.ended else self.complete()
        text = run.ESCAPES.sub(b"", self.raw[:whole]).decode("utf-8", "replace")
        self.text += text
        self.raw = self.raw[whole:]
        return True

    def complete(self):
        """How many of the raw bytes end before a sequence that isn't whole yet."""
        start = self.raw.rfind(b"\x1b", max(0, len(self.raw) - 16))
        if start >= 0 and not run.ESCAPES.match(self.raw, start):
            return start
        end = len(self.raw)
        while end > 0 and len(self.raw) - end < 3 and self.raw[end - 1] & 0xc0 == 0x80:
            end -= 1
        return end - 1 if end > 0 and self.raw[end - 1] >= 0xc0 else len(self.raw)

    def match(self, pattern, what=None):
        """Waits until the regular expression is found behind what was found before."""
        expression = re.compile(pattern, re.M)
        limit = min(time.monotonic() + self.within, self.begin + LIMIT)
        while True:
            found = expression.search(self.text, self.at)
            if found:
                self.at = found.end()
                return found
            if not self.read(limit):
                raise Unfulfilled(f"{what or pattern!r} didn't come " +
                                  ("before the machine ended" if self.ended
                                   else f"within {self.within:g} s"))

    def expect(self, text):
        return self.match(re.escape(text), text)

    def line(self, text):
        return self.match("^" + re.escape(text) + "$(?=\n)", text)

    def absent(self, text):
        if text in self.text[self.mark:]:
            raise Unfulfilled(f"{text!r} appeared")

    def keys(self, text):
        data = re.sub(r"\^(.)", lambda key: key[1] if key[1] == "^"
                      else chr(ord(key[1].upper()) ^ 64), text)
        try:
            self.child.stdin.write(data.encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            raise Unfulfilled("the machine has ended, and takes no keys") from None

    def paste(self, text):
        count, _, text = text.partition(" ")
        self.keys((text.replace("^", "^^") + "\r") * int(count))

    def press(self, names):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.monitor)
            monitor = connection.makefile("rw")
            monitor.readline()
            commands = [{"execute": "qmp_capabilities"}]
            for name in names.split():
                held = [{"type": "qcode", "data": key} for key in name.split("-")]
                commands.append({"execute": "send-key",
                                 "arguments": {"keys": held, "hold-time": 20}})
            for command in commands:
                monitor.write(json.dumps(command) + "\n")
                monitor.flush()
                monitor.readline()
                time.sleep(0.1)  # QEMU would press the next before this one is let go

    def send(self, text):
        self.keys(text.replace("^", "^^") + "\r")

    def end(self, how):
        """Waits until the machine ends by itself."""
        limit = min(time.monotonic() + self.within, self.begin + LIMIT)
        while self.read(limit):
            pass
        if not self.ended:
            raise Unfulfilled(f"the machine didn't end within {self.within:g} s")
        status = self.child.wait()
        ends = {run.EXIT_SUCCESS: "success", run.EXIT_FAILURE: "failure", 0: "reset",
                run.EXIT_PANIC: "a panic"}
        if ends.get(status) != how:
            raise Unfulfilled(f"the machine ended with {ends.get(status, status)}, not {how}")

    def tail(self):
        return self.text.splitlines()[-SHOWN:]


def read_script(path):
    """The options, and the steps: (line number, word, rest)."""
    options, steps = [], []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            word, _, rest = line.rstrip("\n").lstrip().partition(" ")
            if word == "boot":
                options = rest.split()
            elif word in ("send", "keys", "paste", "press", "expect", "line", "match", "absent",
                          "within", "end", "test"):
                steps.append((number, word, rest))
            elif word and not word.startswith("#"):
                sys.exit(f"{path}:{number}: unknown step \"{word}\"")
    return options, steps


def perform(session, word, rest):
    if word == "within":
        session.within = float(rest)
    elif word != "test":
        getattr(session, word)(rest)


ANSWERED = re.compile(r"\banswered \w+\.\w+ [A-Z_]+$", re.M)  # tools/check-answers wants these


def run_script(path):
    """Prints the results of a script's tests; True if all passed."""
    base = os.path.basename(path).removesuffix(".session")
    options, steps = read_script(path)
    name, current = None, None
    with Session(options) as session:
        try:
            for current in steps:
                if current[1] == "test":
                    if name:
                        print(f"ok {base}: {name}", flush=True)
                    name, session.mark = current[2], session.at
                perform(session, *current[1:])
        except Unfulfilled as reason:
            print("\n".join(session.tail()))
            print(f"not ok {base}: {name}: {path}:{current[0]}: {reason}", flush=True)
            return False
        for answered in ANSWERED.findall(session.text):
            print(answered)
    print(f"ok {base}: {name}")
    return True


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    scripts = sys.argv[1:]
    try:
        return 0 if all([run_script(script) for script in scripts]) else 1
    except run.Wrong as wrong:
        print(f"session: {wrong}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
