#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tests/qemu/debugger.py: the debug server, as gdb would use it.

Boots the system with it, speaks gdb's remote protocol on the second serial line, and types at the
terminal meanwhile. Prints "ok NAME" and "not ok NAME: why" lines.
"""

import importlib.machinery
import importlib.util
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import session

TOOLS = session.TOOLS
SYSTEM = "build/tests/system.manifest"
PROMPT = r"# \Z"
RSP, RIP, FLAGS = 7, 16, 17
PROGRAMS = 100000  # the debug server's numbers for programs of the manifest
FAILED = []


def load_debug():
    loader = importlib.machinery.SourceFileLoader("debug", TOOLS + "/debug-process")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("debug", loader))
    loader.exec_module(module)
    return module


class Wrong(Exception):
    """What was expected and didn't come, in one sentence."""


def check(condition, what):
    if not condition:
        raise Wrong(what)


class Remote:
    """gdb's side of the line."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(20)
        self.rest = b""

    def byte(self):
        if not self.rest:
            try:
                self.rest = self.socket.recv(65536)
            except socket.timeout:
                raise Wrong("the debug server doesn't answer") from None
            check(self.rest, "the line is closed")
        first, self.rest = self.rest[:1], self.rest[1:]
        return first

    def put(self, text):
        self.socket.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 0xff))

    def send(self, text):
        """A packet, acknowledged."""
        self.put(text)
        got = self.byte()
        check(got == b"+", f"{text}: {got!r} instead of +")

    def receive(self):
        while self.byte() != b"$":
            pass
        data = b""
        while (byte := self.byte()) != b"#":
            data += byte
        total = int(self.byte() + self.byte(), 16)
        check(total == sum(data) & 0xff, f"a wrong sum of {data!r}")
        self.socket.sendall(b"+")
        return re.sub(rb"}(.)", lambda match: bytes([match[1][0] ^ 0x20]), data).decode()

    def ask(self, text):
        self.send(text)
        return self.receive()

    def ok(self, text):
        answer = self.ask(text)
        check(answer == "OK", f"{text}: {answer} instead of OK")

    def stop(self, text, signal=5):
        """A request that ends when the target stops: the stop as a dictionary."""
        return self.stopped(self.ask(text), signal)

    def stopped(self, answer, signal=5):
        check(answer[:3] == f"T{signal:02x}", f"stopped by {answer}, not T{signal:02x}")
        return dict(part.split(":") for part in answer[3:].split(";") if part)

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        size = 4 if number == FLAGS else 8
        self.ok(f"P{number:x}={value.to_bytes(size, 'little').hex()}")

    def memory(self, address, count):
        answer = self.ask(f"m{address:x},{count:x}")
        check(not answer.startswith("E"), f"memory at {address:x}: {answer}")
        return bytes.fromhex(answer)

    def word(self, address):
        return int.from_bytes(self.memory(address, 8), "little")

    def write(self, address, data):
        self.ok(f"M{address:x},{len(data):x}:{data.hex()}")

    def interrupt(self):
        self.socket.sendall(b"\x03")

    def programs(self):
        """What can be attached: (number, kind, name) each."""
        text, part = "", "m"
        while part[0] == "m":
            part = self.ask(f"qXfer:osdata:read:processes:{len(text):x},100")
            text += part[1:]
        return [(int(number), kind, name) for number, kind, name in re.findall(
            r'"pid">(\d+)</column><column name="user">(\w+)</column><column name="command">([^<]*)',
            text)]


class Symbols:
    def __init__(self, path):
        self.path = path
        lines = subprocess.run(["nm", "-n", path], capture_output=True, text=True,
                               check=True).stdout.splitlines()
        rows = filter(lambda words: len(words) == 3 and words[1] in "tT", map(str.split, lines))
        self.functions = [(int(words[0], 16), words[2].split(".")[0]) for words in rows]

    def __getitem__(self, name):
        return next(address for address, found in self.functions if found == name)

    def at(self, address):
        before = [name for place, name in self.functions if place <= address]
        return before[-1] if before else "?"

    def backtrace(self, remote, words=160):
        """Functions that what lies on the stack points into: code has no frame pointers."""
        stack = remote.memory(remote.register(RSP), words * 2) + remote.memory(
            remote.register(RSP) + words * 2, words * 2)
        low, high = self.functions[0][0], self.functions[-1][0]
        found = [int.from_bytes(stack[i:i + 8], "little") for i in range(0, len(stack) - 7, 8)]
        return [self.at(address) for address in found if low < address < high]


class Machine:
    """A system with a debug server that is to have `process`, and gdb's line to it."""

    def __init__(self, process):
        self.directory = tempfile.TemporaryDirectory()
        name = self.directory.name
        debug = load_debug()
        debug.write_manifest(name + "/manifest", SYSTEM, process)
        self.session = session.Session(["--manifest", name + "/manifest", "--args", "bench", "--",
                                        "-serial", f"unix:{name}/gdb,server=on,wait=off"])
        self.session.within = 60.0
        self.session.match(PROMPT)
        self.remote = Remote(name + "/gdb")
        self.remote.ask("qSupported:swbreak+")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.__exit__()
        self.directory.cleanup()

    def type(self, text):
        self.session.send(text)

    def lives(self, text="still here"):
        self.session.send(f"echo {text[0]}''{text[1:]}")
        self.session.line(text)
        self.session.match(PROMPT)


def test(name, function, *arguments):
    try:
        function(*arguments)
        print(f"ok debugger: {name}", flush=True)
    except (Wrong, session.Unfulfilled) as reason:
        print(f"not ok debugger: {name}: {reason}", flush=True)
        FAILED.append(name)


# ---- A server ------------------------------------------------------------------------------------

def server_attach(machine, symbols):
    remote = machine.remote
    remote.stop("?")
    check(remote.ask("qfThreadInfo") == "m1", "it has one thread")
    check(symbols.at(remote.register(RIP)) == "serve_loop", "it waits for calls")
    check("main" in symbols.backtrace(remote), "a backtrace reaches main")


def server_break(machine, symbols):
    remote, place = machine.remote, symbols["walk_all"]
    original = remote.memory(place, 4)
    remote.ok(f"Z0,{place:x},1")
    check(remote.memory(place, 4) == original, "a breakpoint isn't seen")
    remote.send("c")
    machine.type("ls /bin/lua")
    stop = remote.stopped(remote.receive())
    check("swbreak" in stop and remote.register(RIP) == place, "it stopped elsewhere")
    check({"walk_to", "node_of", "serve_loop", "main"} & set(symbols.backtrace(remote)),
          "a backtrace shows who called")


def server_step(machine, symbols):
    remote, place = machine.remote, symbols["walk_all"]
    remote.ok(f"z0,{place:x},1")
    seen = [place]
    for _ in range(200):
        remote.stop("vCont;s:1")
        seen.append(remote.register(RIP))
    check(all(a != b for a, b in zip(seen, seen[1:])), "each step goes on")
    check(len(set(map(symbols.at, seen))) > 1, "steps reach another function")
    check(not remote.register(FLAGS) & 0x100, "the step's flag is gone")


def server_write(machine, _):
    remote = machine.remote
    place = remote.register(RSP) - 0x200
    before = remote.memory(place, 16)
    remote.write(place, b"written by gdb..")
    check(remote.memory(place, 16) == b"written by gdb..", "memory keeps what was written")
    remote.write(place, before)
    value = remote.register(11)
    remote.set_register(11, 0x123456789abcdef0)
    check(remote.register(11) == 0x123456789abcdef0, "a register keeps what was written")
    remote.set_register(11, value)
    check(remote.ask("m0,8").startswith("E"), "nothing is mapped at 0")


def server_heartbeat(machine, _):
    """Longer than two of them."""
    time.sleep(13)
    check(machine.remote.ask("qfThreadInfo") == "m1", "it is still there")


def server_syscall(machine, symbols):
    """It answers and waits; a step over the system call ends with the next request."""
    remote, place = machine.remote, symbols["serve_loop"]
    for _ in range(4000):
        if remote.memory(remote.register(RIP), 2) == b"\x0f\x05" and symbols.at(
                remote.register(RIP)) == "serve_loop":
            break
        remote.stop("vCont;s:1")
    at = remote.register(RIP)
    check(symbols.at(at) == "serve_loop" and at > place, "it never came to wait")
    remote.stop("vCont;s:1")
    check(remote.register(RIP) == at + 2, "a step over a system call ends behind it")


def server_interrupt(machine, _):
    remote = machine.remote
    remote.send("c")
    machine.session.line("/bin/lua")
    machine.session.match(PROMPT)
    remote.interrupt()
    remote.stopped(remote.receive(), 2)


def server_detach(machine, symbols):
    remote, place = machine.remote, symbols["walk_all"]
    remote.ok(f"Z0,{place:x},1")
    remote.ok("D")
    machine.lives()
    machine.type("ls /bin/lua; services")
    machine.session.line("/bin/lua")
    machine.session.match("^vfs +running +1 +0")
    machine.session.match(PROMPT)


def every_server(machine):
    """Also those without which nothing else works: the debug server needs none of them."""
    remote = machine.remote
    programs = [each for each in remote.programs() if each[1] == "program"]
    check(len(programs) >= 12, f"only {len(programs)} programs are listed")
    for number, _, name in programs:
        answer = remote.ask(f"vAttach;{number:x}")
        if name == "debug":
            check(answer.startswith("E."), f"the debug server stops itself: {answer}")
            continue
        remote.stopped(answer)
        check(remote.register(RIP) > 0x400000, f"{name}: it has no registers")
        remote.stop("vCont;s:1") if name == "timer" else None
        remote.ok("D")
        machine.lives(f"after {name}")


def refusals(machine):
    remote = machine.remote
    for number in (30000, PROGRAMS + 999, 0xffffffff, 0xffffffffffff):
        check(remote.ask(f"vAttach;{number:x}").startswith("E"), f"{number} is attached")
    for text in ("g", "m400000,4", "Z0,400000,1", "vCont;c", "k1", "P0=11"):
        check(remote.ask(text).startswith("E"), f"{text} without a target")
    for text in ("m", "m1", "m1,", "mx,1", "m11111111111111111,1", "M1,2:00", "M1,1:0", "Hg-2",
                 "vCont;z", "vCont;c;", "P=1", "vAttach;", "qXfer:features:read:target.xml:1"):
        check(remote.ask(text).startswith("E"), f"{text} is malformed")
    check(remote.ask("m" + "0" * 3000).startswith("E"), "a long packet is refused")
    remote.socket.sendall(b"$g#00")
    check(remote.byte() == b"-", "a wrong sum isn't acknowledged")
    check(remote.ask("vMustReplyEmpty") == "", "what isn't known is answered so")


def shell_process(machine):
    """The shell that waits for a line, and goes on waiting."""
    remote = machine.remote
    number = next(number for number, kind, name in remote.programs()
                  if kind == "process" and name == "sh")
    remote.stop(f"vAttach;{number:x}")
    check(remote.ask("qfThreadInfo") == "m1", "it has one thread")
    check(remote.memory(remote.register(RSP), 64), "it has a stack")
    remote.ok("D")
    machine.lives()


def test_servers():
    symbols = Symbols("build/servers/vfs.elf")
    with Machine("vfs") as machine:
        test("attach a server", server_attach, machine, symbols)
        test("a breakpoint in it", server_break, machine, symbols)
        test("steps", server_step, machine, symbols)
        test("memory and registers are written", server_write, machine, symbols)
        test("who is stopped isn't taken for hung", server_heartbeat, machine, symbols)
        test("a step over a system call", server_syscall, machine, symbols)
        test("Ctrl-C", server_interrupt, machine, symbols)
        test("detach, and the system goes on", server_detach, machine, symbols)
        test("every server", every_server, machine)
        test("refusals", refusals, machine)
        test("a process that waits", shell_process, machine)


# ---- A user's program ----------------------------------------------------------------------------

def program_begin(machine, symbols):
    remote = machine.remote
    remote.send("?")
    machine.type("lua -e 'x = 6 * 7 print(x)'")
    remote.stopped(remote.receive())
    check(symbols.at(remote.register(RIP)) == "_start", "it stops at its first instruction")


def program_break(machine, symbols):
    remote, place = machine.remote, symbols["luaB_print"]
    original = remote.memory(place, 4)
    remote.ok(f"Z0,{place:x},1")
    stop = remote.stop("vCont;c")
    check("swbreak" in stop and remote.register(RIP) == place, "it stopped elsewhere")
    check(remote.memory(place, 4) == original, "a breakpoint isn't seen")
    caller = symbols.at(remote.word(remote.register(RSP)))
    check(caller.startswith("lua"), f"it was called by {caller}")
    remote.ok(f"z0,{place:x},1")
    for _ in range(20):
        remote.stop("vCont;s:1")
    check(symbols.at(remote.register(RIP)) != "_start", "steps go on")


def program_syscall(machine, symbols):
    """Steps over what it writes by."""
    remote, count = machine.remote, 0
    remote.ok(f"Z0,{symbols['write']:x},1")
    remote.stop("vCont;c")
    remote.ok(f"z0,{symbols['write']:x},1")
    for _ in range(3000):
        at = remote.register(RIP)
        is_call = remote.memory(at, 2) == b"\x0f\x05"
        remote.stop("vCont;s:1")
        if is_call:
            check(remote.register(RIP) == at + 2, "a step over a system call ends behind it")
            count += 1
            break
    check(count, "it made no system call")


def program_end(machine, _):
    check(machine.remote.ask("vCont;c") == "W00", "it ended well")
    machine.session.line("42")
    machine.session.match(PROMPT)
    check(machine.remote.ask("g").startswith("E"), "nothing is attached then")


def program_fault(machine, _):
    """Another one: its breakpoints are its own, and others run the same text."""
    remote = machine.remote
    remote.send("?")
    machine.type("lua -e 'print(1)'; echo $?")
    remote.stopped(remote.receive())
    remote.set_register(RIP, 0x1234)
    remote.stop("vCont;c", 11)
    check(remote.register(RIP) == 0x1234, "it stopped elsewhere")
    check(remote.ask("vCont;C0b") == "X0b", "the signal ended it")
    machine.session.line("139")
    machine.session.match(PROMPT)


def program_kill(machine, symbols):
    remote = machine.remote
    remote.send("?")
    machine.type("lua -e 'print(1)'; echo $?")
    remote.stopped(remote.receive())
    remote.ok(f"Z0,{symbols['main']:x},1")
    remote.ok("vKill;1")
    machine.session.line("137")
    machine.session.match(PROMPT)


def program_spin(machine, symbols):
    remote = machine.remote
    remote.send("?")
    machine.type("lua -e 'while true do end'")
    remote.stopped(remote.receive())
    remote.ok(f"Z0,{symbols['luaB_print']:x},1")
    remote.send("vCont;c")
    time.sleep(1)
    remote.interrupt()
    remote.stopped(remote.receive(), 2)
    check(symbols.at(remote.register(RIP)).startswith("lua"), "it runs Lua")
    machine.session.keys("^C")  # waits until it goes on
    time.sleep(0.5)
    remote.ok("D")
    machine.session.match(PROMPT)
    machine.type("lua -e 'print(\"again\")'")
    machine.session.line("again")
    machine.session.match(PROMPT)


def test_program():
    symbols = Symbols("build/packages/lua/lua")
    with Machine("lua") as machine:
        test("a program from its first instruction", program_begin, machine, symbols)
        test("a breakpoint in a program", program_break, machine, symbols)
        test("a program's system call", program_syscall, machine, symbols)
        test("a program's end", program_end, machine, symbols)
        test("a fault, and its signal", program_fault, machine, symbols)
        test("kill", program_kill, machine, symbols)
        test("a program that never waits", program_spin, machine, symbols)


# ---- Children, threads ---------------------------------------------------------------------------

def shell_forks(machine, symbols):
    """A breakpoint is in the parent; its child shares the text, and runs through."""
    remote, place = machine.remote, symbols["evaltree"]
    remote.stop("?")
    remote.ok(f"Z0,{place:x},1")
    remote.send("vCont;c")
    machine.type("(echo sub; (echo shell)); echo done")
    for _ in range(3):
        remote.stopped(remote.receive())
        remote.ok(f"z0,{place:x},1")
        remote.stop("vCont;s:1")
        remote.ok(f"Z0,{place:x},1")
        remote.send("vCont;c")
    machine.session.line("sub")
    machine.session.line("shell")
    machine.session.line("done")
    machine.session.match(PROMPT)
    remote.interrupt()
    remote.stopped(remote.receive(), 2)
    remote.ok("D")
    machine.lives()


def test_shell():
    symbols = Symbols("build/packages/dash/dash")
    with Machine("sh") as machine:
        test("a shell, and its children", shell_forks, machine, symbols)


def main():
    os.chdir(os.path.join(TOOLS, ".."))
    try:
        test_servers()
        test_program()
        test_shell()
    except (Wrong, session.Unfulfilled) as reason:
        print(f"not ok debugger: the boot: {reason}")
        return 1
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
