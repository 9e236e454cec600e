# SPDX-License-Identifier: BSD-2-Clause
"""NAME_hostile.h: messages that break each rule of each operation once, and some that break none.

Each begins as a well-formed message, small or large; then one thing is made wrong.
"""

import copy

from . import parse, text

OWN, UNBADGED, SESSION, NO_WINDOW = ("RPC_HOSTILE_OWN", "RPC_HOSTILE_UNBADGED",
                                     "RPC_HOSTILE_SESSION", "RPC_HOSTILE_NO_WINDOW")
WINDOW = 16384
IN_WINDOW = 1 << 32
ALL = (1 << 64) - 1
BITS = {"u8": 8, "u16": 16, "u32": 32, "bool": 1}


class Message:
    def __init__(self, interface, call, large):
        self.interface, self.call, self.large = interface, call, large
        self.label = interface.number << 8 | call.number
        self.extra_tag, self.error, self.what = 0, "0", "well-formed"
        self.words, self.contents, self.caps = [], [], []
        for each in call.request.arguments:
            self.add(each)
        self.words += [each.inline if large else 1 for each in call.request.room]
        self.plain = not self.buffer() and not self.caps
        self.counts = None  # as the tag has them, if not as they are

    def add(self, each):
        if each.scalar:
            self.words.append(self.scalar(each))
        elif each.kind == "struct":
            self.words += [ALL if self.large else 0] * each.struct.words
        elif each.content:
            size = each.inline if self.large else 1
            self.words.append(size)
            self.contents.append(b"a" * size + (b"\0" if each.kind == "string" else b""))
        else:
            present = self.large or not each.optional
            if each.optional:
                self.words.append(int(present))
            if present:
                self.caps.append(OWN if each.kind == "handle" else f"OBJECT_{each.object}")

    def scalar(self, each):
        if each.low is not None:
            return each.high if self.large else each.low
        if not self.large:
            return 0
        return {"i32": (1 << 31) - 1}.get(each.kind, (1 << BITS.get(each.kind, 64)) - 1)

    def buffer(self):
        words = self.words[parse.MESSAGE_WORDS:]
        for content in self.contents:
            content = content + bytes(-len(content) % 8)
            words += [int.from_bytes(content[at:at + 8], "little")
                      for at in range(0, len(content), 8)]
        return words

    def but(self, what, error="RPC_MALFORMED"):
        """A copy of it that is to be made wrong."""
        other = copy.copy(self)
        other.words, other.contents = list(self.words), list(self.contents)
        other.caps = list(self.caps)
        other.what, other.error = what, error
        other.plain = False
        return other

    def lines(self):
        buffer = self.buffer() + getattr(self, "more", [])
        cut = getattr(self, "cut", 0)
        buffer = buffer[:len(buffer) - cut]
        words, caps = self.counts or (len(buffer), len(self.caps))
        name = f"{self.call.name}: {self.what}" if self.call else self.what
        lines = [f"    {{\"{name}\",",
                 f"     TAG({self.label:#x}ull, {words}, {caps})"
                 + (f" | {self.extra_tag:#x}" if self.extra_tag else "") + ",",
                 f"     {'true' if self.plain else 'false'},"]
        first = (self.words + [0] * 8)[:8]
        lines += text.filled(", ".join(f"{word:#x}" for word in first) + "},", "     {", "      ")
        if buffer and not self.plain:
            lines += text.filled(", ".join(f"{word:#x}" for word in buffer) + "},",
                                 "     (const uint64_t[]){", "      ")
        else:
            lines.append("     0,")
        lines += text.filled(", ".join(self.caps or ["0"]) + "},", "     {", "      ")
        return lines + [f"     {self.error}}},"]


# ---- One thing wrong ----------------------------------------------------------------------------

def counts(message):
    wrong = message.but("a word too many")
    wrong.more = [0]
    yield wrong
    wrong = message.but("all words of the buffer")
    wrong.more = [0] * (parse.BUFFER_WORDS - len(message.buffer()))
    if wrong.more:
        yield wrong
    for cut in {1, len(message.buffer())}:
        if cut <= len(message.buffer()) and cut:
            wrong = message.but(f"{cut} words too few")
            wrong.cut = cut
            yield wrong
    if len(message.caps) < parse.MESSAGE_CAPS:
        for cap in ("OBJECT_NOTIFICATION", OWN):
            wrong = message.but("a capability too many")
            wrong.caps.append(cap)
            yield wrong
    if message.caps:
        wrong = message.but("a capability missing")
        wrong.caps.pop()
        yield wrong
    for words, caps in ((1, 0), (64, 0), (127, 0), (0, 1), (0, 4), (0, 7)):
        wrong = message.but(f"{words} words and {caps} capabilities counted, none sent")
        wrong.plain, wrong.counts = True, (words, caps)
        yield wrong


def scalar(message, each):
    word = message.call.request.first[each]
    wrong = {"u8": [1 << 8], "u16": [1 << 16], "u32": [1 << 32], "bool": [2, 1 << 8],
             "i32": [1 << 31, (1 << 32) - 1, ALL - (1 << 31)]}.get(each.kind, [])
    if each.low is not None:
        wrong = [each.high + 1] + ([each.low - 1] if each.low else [])
    for value in wrong + ([ALL] if wrong and each.kind != "i32" else []):
        yield word, f"{each.name} is {value:#x}", value


def length(message, each):
    word, size = message.call.request.first[each], message.words[message.call.request.first[each]]
    wrong = [each.max + 1, ALL, 1 << 32 | 1, 1 << 63]
    end = 1 if each.kind == "string" else 0
    longer = 8 * ((size + end + 7) // 8) - end + 1  # takes another word
    if longer <= each.inline:
        wrong.append(longer)
    if each.kind == "string":
        wrong.append(0)
    for value in wrong:
        yield word, f"{each.name} has {value:#x} bytes", value


def nuls(message, each):
    number = [one for one in message.call.request.contents].index(each)
    size = len(message.contents[number]) - 1
    for at in sorted({0, size // 2, size - 1}):
        wrong = message.but(f"{each.name} has a NUL at {at}")
        content = bytearray(wrong.contents[number])
        content[at] = 0
        wrong.contents[number] = bytes(content)
        yield wrong


def capability(message, each, number):
    if each.kind == "handle":
        wrong = [("OBJECT_NOTIFICATION", "RPC_BAD_HANDLE"), (UNBADGED, "RPC_BAD_HANDLE")]
    else:
        other = "OBJECT_CNODE" if each.object != "CNODE" else "OBJECT_NOTIFICATION"
        wrong = [(other, "RPC_MALFORMED"), (OWN, "RPC_BAD_HANDLE")]
    for cap, error in wrong:
        message_ = message.but(f"{each.name} is {cap}", error)
        message_.caps[number] = cap
        yield message_


def optional(message, each):
    word = message.call.request.first[each]
    for value in (2, ALL, 1 - message.words[word]):
        wrong = message.but(f"{each.name} is said to be there {value:#x} times")
        wrong.words[word] = value
        yield wrong


def bulk_in(message, each):
    word = message.call.request.first[each]
    number = message.call.request.contents.index(each)
    large = each.inline + 1

    def sent(what, error, size, *caps):
        other = message.but(f"{each.name} in the window: {what}", error)
        other.words[word] = size
        other.contents[number] = b""
        other.caps += caps
        other.plain = not other.caps and not other.buffer()
        return other

    yield sent("as it should be", "0", large, SESSION)
    if each.max >= WINDOW:
        yield sent("all of it", "0", WINDOW, SESSION)
    if each.max > WINDOW:
        yield sent("more than it has", "RPC_TOO_LARGE", WINDOW + 1, SESSION)
        yield sent("as much as may be", "RPC_TOO_LARGE", each.max, SESSION)
    yield sent("no session", "RPC_TOO_LARGE", large)
    yield sent("one without a window", "RPC_TOO_LARGE", large, NO_WINDOW)
    yield sent("one without a badge", "RPC_TOO_LARGE", large, UNBADGED)
    yield sent("something else", "RPC_TOO_LARGE", large, "OBJECT_NOTIFICATION")
    yield sent("more than may be", "RPC_MALFORMED", each.max + 1, SESSION)
    yield sent("far more", "RPC_MALFORMED", ALL, SESSION)
    if len(message.caps) + 2 <= parse.MESSAGE_CAPS:
        yield sent("two sessions", "RPC_MALFORMED", large, SESSION, SESSION)
    wrong = sent("contents in the message too", "RPC_MALFORMED", large, SESSION)
    wrong.more = [0]
    yield wrong


def bulk_out(message, each, word):
    def sent(what, error, room, *caps):
        other = message.but(f"room for {each.name}: {what}", error)
        other.words[word] = room
        other.caps += caps
        other.plain = not other.caps and not other.buffer()
        return other

    yield sent("the window", "0", each.max | IN_WINDOW, SESSION)
    yield sent("the window, for little", "0", 1 | IN_WINDOW, SESSION)
    yield sent("the window, for nothing", "0", IN_WINDOW, SESSION)
    yield sent("no session", "0", each.max | IN_WINDOW)
    yield sent("a session without a window", "0", each.max | IN_WINDOW, NO_WINDOW)
    yield sent("something else", "0", each.max | IN_WINDOW, "OBJECT_NOTIFICATION")
    yield sent("too much", "RPC_MALFORMED", each.max + 1)
    yield sent("too much in the window", "RPC_MALFORMED", each.max + 1 | IN_WINDOW, SESSION)
    yield sent("far too much", "RPC_MALFORMED", ALL)
    yield sent("bits that mean nothing", "RPC_MALFORMED", 1 | 1 << 33)
    yield sent("bits that mean nothing, and the window", "RPC_MALFORMED", 1 | 3 << 32, SESSION)
    if len(message.caps) + 2 <= parse.MESSAGE_CAPS:
        yield sent("two sessions", "RPC_MALFORMED", each.max | IN_WINDOW, SESSION, SESSION)


def argument(message, each):
    values = scalar(message, each) if each.scalar else length(message, each) \
        if each.content and not each.bulk else ()
    for word, what, value in values:
        wrong = message.but(what)
        wrong.words[word] = value
        wrong.plain = message.plain
        yield wrong
    if each.kind == "string":
        yield from nuls(message, each)
    if each.is_cap and each.optional:
        yield from optional(message, each)
    if each.bulk:
        yield from bulk_in(message, each)


def operation(interface, call):
    for large in (False, True):
        message = Message(interface, call, large)
        yield message
        yield from counts(message)
        for each in call.request.arguments:
            yield from argument(message, each)
        caps = [each for each in call.request.caps if large or not each.optional]
        for number, each in enumerate(caps):
            yield from capability(message, each, number)
        for each, word in call.request.room.items():
            yield from bulk_out(message, each, word)
        if not call.buffered:
            yield message.but("in a buffer")
        elif not message.plain:
            wrong = message.but("without the buffer")
            wrong.plain, wrong.counts = True, (0, 0)
            yield wrong


def labels(interface):
    """Operations that there aren't."""
    known = {each.number for each in interface.calls}
    other = max(set(range(256)) - known)
    for what, label, extra in (
            ("an operation that nobody knows", interface.number << 8 | other, 0),
            ("operation 0", interface.number << 8, 0),
            ("another interface", (interface.number ^ 1) << 8 | interface.calls[0].number, 0),
            ("no label", 0, 0),
            ("a label with more bits", 1 << 16 | interface.number << 8 | interface.calls[0].number,
             0),
            ("all bits of the label", (1 << 52) - 1, 0),
            ("bits between the counts", interface.number << 8 | interface.calls[0].number, 0x880)):
        for plain in (True, False):
            message = Message(interface, interface.calls[0], False).but(
                what, "RPC_UNKNOWN_OPERATION")
            message.label, message.extra_tag, message.plain = label, extra, plain
            message.call, message.counts = None, (0, 0) if plain else None
            yield message


def header(interface):
    name = interface.name
    head = text.comment([f"Messages that break the rules of {interface.path}, each one rule once; "
                         "made by tools/idl-gen, for tests."])
    body = ["#include \"libsys/rpc_hostile.h\"", f"#include \"libsys/{name}_protocol.h\"", "",
            f"static const struct rpc_hostile {name}_hostile[] = {{"]
    for call in interface.calls:
        for message in operation(interface, call):
            body += message.lines()
    for message in labels(interface):
        body += message.lines()
    return text.wrapped(name + "_hostile", head, body + ["};"], [])


# ---- Functions that look at all they get, and fill all that they may ----------------------------

def probe(interface, call):
    from . import server
    head = text.call(f"static err_t {interface.name}_serve_{call.name}",
                     list(server.parameters(call)))
    lines = ["{", "    rpc_probe_called(rpc);"]
    for each in call.arguments:
        if each.out and each.kind == "bytes":
            lines.append(f"    *{each.name}_size = rpc_probe_fill({each.name}, "
                         f"{each.name}_room);")
        elif each.out and each.is_cap:
            lines.append(f"    *{each.name} = CAP_OF(1);")
        elif each.out:
            size = f"sizeof(*{each.name})"
            lines.append(f"    (void)rpc_probe_fill({each.name}, {size});"
                         if each.kind != "bool" else f"    *{each.name} = true;")
        elif each.kind == "string":
            lines.append(f"    rpc_probe_text({each.name}, {each.max});")
        elif each.kind == "bytes":
            lines.append(f"    rpc_probe_read({each.name}, {each.name}_size);")
        elif each.kind == "struct":
            lines.append(f"    rpc_probe_read({each.name}, sizeof(*{each.name}));")
        elif each.kind == "cap":
            lines.append(f"    rpc_probe_cap({each.name}, {'true' if each.optional else 'false'});")
        elif each.low is not None:
            low = f"{each.name} >= {each.low} && " if each.low else ""
            lines.append(f"    rpc_probe_expect({low}{each.name} <= {each.high});")
        elif each.kind == "handle" and not each.optional:
            lines.append(f"    rpc_probe_expect({each.name} != 0);")
        else:
            lines.append(f"    (void){each.name};")
    return head + lines + ["    return 0;", "}"]


def probes(found):
    """rpc_probes.h: all protocols' servers with such functions, for tests/host."""
    found = [each for each in found if each.number]
    head = text.comment(["All protocols with servers that look at all they get and fill all they "
                         "may, for tests/host/rpc; made by tools/idl-gen."])
    body = [f"#include \"libsys/{each.name}_{what}.h\"" for each in found
            for what in ("server", "hostile")]
    for interface in found:
        body += ["", text.section(interface.name)]
        for call in interface.calls:
            body += [""] + probe(interface, call)
        body += [""] + text.call(f"static enum answer {interface.name}_probe",
                                 ["struct rpc_request *rpc", "struct message *msg"])
        body += ["{", f"    return {interface.name}_dispatch(rpc, msg);", "}"]
    body += ["", "static const struct rpc_probe rpc_probes[] = {"]
    for each in found:
        body.append(f"    {{\"{each.name}\", {each.name}_probe, {each.name}_hostile,")
        body.append(f"     sizeof({each.name}_hostile) / sizeof({each.name}_hostile[0])}},")
    return text.wrapped("rpc_probes", head, body + ["};"], [])
