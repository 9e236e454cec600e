# SPDX-License-Identifier: BSD-2-Clause
"""Reads an interface file (libsys/*.idl) into an Interface, or raises Mistake with file and line.

libsys/README.md has the language. What isn't understood is a mistake, never passed over.
"""

import functools
import re

MESSAGE_WORDS, BUFFER_WORDS, MESSAGE_CAPS = 8, 64, 4
INLINE_MAX = 384  # contents of `bytes` that need no window
SCALARS = {"u8": ("uint8_t", 1), "u16": ("uint16_t", 2), "u32": ("uint32_t", 4),
           "u64": ("uint64_t", 8), "i32": ("int32_t", 4), "i64": ("int64_t", 8),
           "bool": ("bool", 1)}
OBJECTS = re.compile(r"^OBJECT\(\d+, (\w+),", re.M)
# What generated functions call their own variables and parameters.
RESERVED = set(
    "rpc msg error server later buffer answer call inspect detach auto break case char const "
    "continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
    "while bool true false".split())


@functools.lru_cache
def object_names():
    """Types that a capability may have."""
    with open("kernel/abi/objects.def", encoding="utf-8") as file:
        return OBJECTS.findall(file.read())[1:]


class Mistake(Exception):
    def __init__(self, place, text):
        super().__init__(f"{place}: {text}")


def expect(condition, place, text):
    if not condition:
        raise Mistake(place, text)


class Line:
    """The words of a line, taken one after the other, and its comment."""

    def __init__(self, place, text):
        self.place = place
        code, mark, comment = text.partition("#")
        self.words, self.comment = code.split(), comment.strip() if mark else ""

    def take(self, what):
        expect(self.words, self.place, f"{what} is missing")
        return self.words.pop(0)

    def name(self, what, upper=False):
        name = self.take(what)
        pattern = "[A-Z][A-Z0-9_]*" if upper else "[a-z][a-z0-9_]*"
        expect(re.fullmatch(pattern, name), self.place,
               f"{what} must be in {'upper' if upper else 'lower'} case: {name!r}")
        return name

    def variable(self, what):
        name = self.name(what)
        expect(name not in RESERVED, self.place,
               f"{name!r} can't be {what}: C or the generated code uses it")
        return name

    def flag(self, word):
        found = self.words[:1] == [word]
        if found:
            self.words.pop(0)
        return found

    def end(self):
        expect(not self.words, self.place, f"what does {' '.join(self.words)!r} mean here?")

    def doc(self):
        self.end()
        expect(self.comment, self.place, "a comment is missing that says what this is")
        return self.comment


class Argument:
    """An argument of a call, or a field of a struct."""

    def __init__(self, out, kind, name, place):
        self.out, self.kind, self.name, self.place = out, kind, name, place
        self.doc, self.optional = "", False
        self.low = self.high = self.max = self.struct = self.object = None
        self.inline = 0  # bytes: so many travel in the message

    @property
    def scalar(self):
        return self.kind in SCALARS

    @property
    def is_cap(self):
        return self.kind in ("cap", "handle")

    @property
    def content(self):
        return self.kind in ("string", "bytes")

    @property
    def bulk(self):
        return self.kind == "bytes" and self.max > INLINE_MAX

    @property
    def words(self):
        """So many words it has before the contents. An optional capability says if it's there."""
        if self.kind == "struct":
            return self.struct.words
        return int(self.optional) if self.is_cap else 1

    @property
    def content_words(self):
        """The most words that its contents take; a string travels with its NUL."""
        if self.kind == "string":
            return (self.max + 1 + 7) // 8
        return (self.max + 7) // 8 if self.kind == "bytes" and not self.bulk else 0


class Struct:
    def __init__(self, name, doc, place):
        self.name, self.doc, self.place, self.fields, self.bytes = name, doc, place, [], 0

    def add(self, field):
        size = SCALARS[field.kind][1]
        expect(self.bytes % size == 0, field.place,
               f"{field.name} would lie at byte {self.bytes}: not a multiple of its size, {size}")
        expect(all(field.name != other.name for other in self.fields), field.place,
               f"struct {self.name} has two fields {field.name}")
        self.fields.append(field)
        self.bytes += size

    def finish(self, place):
        expect(self.fields, place, f"struct {self.name} has no field")
        expect(self.bytes % 8 == 0, place,
               f"struct {self.name} has {self.bytes} bytes: fill it up to a multiple of 8")

    @property
    def words(self):
        return self.bytes // 8


class Direction:
    """The arguments that travel one way: where each is."""

    def __init__(self, call, arguments, request):
        self.arguments, self.first = arguments, {}
        word = 0
        for each in arguments:
            self.first[each] = word
            word += each.words
        self.room = {}  # bulk `out bytes`: the word of the request that says how much room there is
        if request:
            for each in call.arguments:
                if each.out and each.bulk:
                    self.room[each] = word
                    word += 1
        self.words = word
        self.fixed = max(0, word - MESSAGE_WORDS)  # words in the buffer before the contents
        self.caps = [each for each in arguments if each.is_cap]
        self.bulk = next((each for each in arguments if each.bulk), None)
        self.contents = [each for each in arguments if each.content]
        self.set_inline(call)

    def set_inline(self, call):
        way = "answer" if self.arguments and self.arguments[0].out else "request"
        used = self.fixed + sum(each.content_words for each in self.contents)
        expect(used <= BUFFER_WORDS, call.place,
               f"the {way} takes up to {used} words of the message buffer's {BUFFER_WORDS}")
        for each in self.contents:
            each.inline = min(INLINE_MAX, 8 * (BUFFER_WORDS - used)) if each.bulk else each.max
        bulks = sum(each.bulk for each in self.arguments)
        expect(bulks <= 1, call.place, f"the {way} has {bulks} arguments that may need the window")

    @property
    def buffered(self):
        return bool(self.fixed or self.caps or self.contents)


class Call:
    def __init__(self, number, name, deferred, doc, place):
        self.number, self.name, self.deferred = number, name, deferred
        self.doc, self.place, self.arguments, self.errors = doc, place, [], []

    def finish(self):
        self.request = Direction(self, [each for each in self.arguments if not each.out], True)
        self.answer = Direction(self, [each for each in self.arguments if each.out], False)
        self.window = bool(self.request.bulk or self.answer.bulk)
        caps = len(self.request.caps) + self.window
        expect(caps <= MESSAGE_CAPS and len(self.answer.caps) <= MESSAGE_CAPS, self.place,
               f"more than {MESSAGE_CAPS} capabilities one way, a window's session included")
        names = [name for each in self.arguments for name in c_names(each)]
        for name in names:
            expect(names.count(name) == 1, self.place, f"call {self.name} has two arguments {name}")
        self.check_errors()

    def check_errors(self):
        """What the generated code answers by itself, beside what any call may end with."""
        expect("BAD_HANDLE" in self.errors or not self.request.caps, self.place,
               f"call {self.name} takes a capability: BAD_HANDLE is missing in its errors")
        expect("TOO_LARGE" in self.errors or not self.request.bulk, self.place,
               f"call {self.name} takes bytes by the window: TOO_LARGE is missing in its errors")

    @property
    def buffered(self):
        return self.request.buffered or self.answer.buffered

    @property
    def window_only(self):
        """Whether it stays in registers when its contents are large enough for the window."""
        ways = (self.request, self.answer)
        return self.window and not any(way.fixed or way.caps or any(
            not each.bulk for each in way.contents) for way in ways)


def c_names(argument):
    """The parameters that it becomes."""
    yield argument.name
    if argument.kind == "bytes":
        yield argument.name + "_size"
        if argument.out:
            yield argument.name + "_room"
    if argument.kind == "cap" and argument.out:
        yield argument.name + "_slot"


class Interface:
    def __init__(self, path, common=None):
        self.path, self.common = path, common
        self.name, self.number, self.doc, self.place = None, None, [], None
        self.constants, self.errors, self.events, self.structs, self.calls = [], [], [], [], []
        self.open = None  # the struct or call that a line may belong to
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        for number, text in enumerate(self.lines, 1):
            self.line(Line(f"{path}:{number}", text), text)
        expect(self.name, f"{path}:1", "the line `interface NAME NUMBER` is missing")
        self.finish_open(f"{path}:{len(self.lines)}")

    # ---- Lines ----------------------------------------------------------------------------------

    STATEMENTS = ("interface", "constant", "error", "event", "struct", "end", "call", "in", "out",
                  "errors")

    def line(self, line, text):
        if not line.words:
            if self.name is None and "SPDX" not in text and text.startswith("#"):
                self.doc.append(line.comment)
            return
        word = line.take("a statement")
        if isinstance(self.open, Struct) and word != "end":
            return self.field(word, line)
        expect(word in self.STATEMENTS, line.place,
               f"{word!r} begins no line; one begins with {', '.join(self.STATEMENTS)}"
               + (", or in a struct with a type" if word in SCALARS else ""))
        expect(self.name or word == "interface", line.place,
               "the first line must be `interface NAME NUMBER`")
        return getattr(self, "line_" + word)(line)

    def finish_open(self, place):
        expect(not isinstance(self.open, Struct), place,
               f"`end` of struct {getattr(self.open, 'name', '')} is missing")
        if self.open:
            self.open.finish()
        self.open = None

    def line_interface(self, line):
        expect(self.name is None, line.place, "a second `interface`; a file has one")
        self.name, self.place = line.name("the interface's name"), line.place
        self.number = self.value(line, "the interface's number")
        line.end()
        low = 1 if self.common else 0
        expect(low <= self.number <= 255, line.place, f"an interface's number is {low} to 255")
        expect(self.doc, line.place, "the head comment is missing that says what it is for")

    def line_constant(self, line):
        self.finish_open(line.place)
        name, place = line.name("the constant's name", upper=True), line.place
        value = self.value(line, "its value")
        if line.flag("<<"):
            value <<= self.value(line, "the shift")
        expect(0 <= value < 1 << 64, place, "a constant has 64 bits")
        self.constants.append((self.fresh(name, place), value, line.doc()))

    def line_error(self, line):
        self.finish_open(line.place)
        code, name = self.value(line, "the code"), line.name("the error's name", upper=True)
        low, high = (32, 254) if self.number else (1, 31)
        expect(low <= code <= high, line.place, f"an error's code is {low} to {high}")
        expect(all(code != other for other, _, _ in self.errors), line.place,
               f"code {code} is there twice")
        expect(name not in self.common_errors(), line.place,
               f"{name} is a common error; just list it")
        self.errors.append((code, self.fresh("ERROR " + name, line.place)[6:], line.doc()))

    def line_event(self, line):
        self.finish_open(line.place)
        bit, name = self.value(line, "the flag's bit"), line.name("the event's name", upper=True)
        expect(0 <= bit <= 31, line.place, "a flag's bit is 0 to 31")
        self.events.append((bit, self.fresh("EVENT " + name, line.place)[6:], line.doc()))

    def line_struct(self, line):
        self.finish_open(line.place)
        name = line.name("the struct's name")
        expect(all(name != other.name for other in self.structs), line.place,
               f"struct {name} is there twice")
        expect(name.startswith(self.name), line.place,
               f"a struct's name begins with the interface's: {self.name}_{name}")
        self.open = Struct(name, line.doc(), line.place)

    def field(self, word, line):
        expect(word in SCALARS and word != "bool", line.place,
               f"a field's type is {', '.join(name for name in SCALARS if name != 'bool')}")
        field = Argument(True, word, line.variable("the field's name"), line.place)
        field.doc = line.doc()
        self.open.add(field)

    def line_end(self, line):
        expect(isinstance(self.open, Struct), line.place, "`end` without a struct")
        self.open.finish(line.place)
        self.structs.append(self.open)
        self.open = None
        line.end()

    def line_call(self, line):
        self.finish_open(line.place)
        number, name = self.value(line, "the call's number"), line.name("the call's name")
        expect(1 <= number <= 255, line.place, "a call's number is 1 to 255")
        for other in self.calls:
            expect(other.number != number, line.place, f"{other.name} has the number {number} too")
            expect(other.name != name, line.place, f"call {name} is there twice")
        deferred = line.flag("deferred")
        self.open = Call(number, name, deferred, line.doc(), line.place)
        self.calls.append(self.open)

    def line_in(self, line):
        self.argument(line, out=False)

    def line_out(self, line):
        self.argument(line, out=True)

    def line_errors(self, line):
        expect(isinstance(self.open, Call), line.place, "`errors` belongs below a call")
        known = self.common_errors() | {name for _, name, _ in self.errors}
        while line.words:
            name = line.take("an error")
            expect(name in known, line.place, f"there is no error {name}")
            expect(name not in self.open.errors, line.place, f"{name} is listed twice")
            self.open.errors.append(name)

    # ---- Arguments ------------------------------------------------------------------------------

    def argument(self, line, out):
        expect(isinstance(self.open, Call), line.place, "an argument belongs below a call")
        kind = line.take("the argument's type")
        make = getattr(self, "argument_" + kind, self.argument_scalar)
        argument = make(line, out, kind)
        argument.doc = line.doc()
        self.open.arguments.append(argument)

    def argument_scalar(self, line, out, kind):
        expect(kind in SCALARS, line.place, f"there is no type {kind!r}: it is "
               f"{', '.join(SCALARS)}, string, bytes, struct, cap or handle")
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        if line.words and not out:
            argument.low = self.value(line, "the lowest value")
            argument.high = self.value(line, "the highest value")
            expect(argument.low <= argument.high, line.place, "the range is empty")
            expect(kind in ("u8", "u16", "u32", "u64"), line.place, "ranges are for unsigned types")
        return argument

    def argument_string(self, line, out, kind):
        expect(not out, line.place, "a string goes in only; let text come out as bytes")
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        argument.max = self.value(line, "the most bytes that it may have")
        expect(1 <= argument.max <= 8 * BUFFER_WORDS - 1, line.place,
               f"a string has 1 to {8 * BUFFER_WORDS - 1} bytes")
        return argument

    def argument_bytes(self, line, out, kind):
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        argument.max = self.value(line, "the most bytes that there may be")
        expect(1 <= argument.max < 1 << 31, line.place, "bytes are 1 to 2147483647")
        return argument

    def argument_struct(self, line, out, kind):
        name = line.take("the struct's name")
        struct = next((each for each in self.structs if each.name == name), None)
        expect(struct, line.place, f"there is no struct {name} above")
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        argument.struct = struct
        return argument

    def argument_cap(self, line, out, kind):
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        argument.object = line.take("the object's type")
        expect(argument.object in object_names(), line.place,
               f"there is no object {argument.object}")
        argument.optional = not out and line.flag("optional")
        return argument

    def argument_handle(self, line, out, kind):
        expect(not out, line.place, "a handle goes in only; it comes out as `cap NAME ENDPOINT`")
        argument = Argument(out, kind, line.variable("the argument's name"), line.place)
        argument.optional = line.flag("optional")
        return argument

    # ---- Words ----------------------------------------------------------------------------------

    def common_errors(self):
        return {name for _, name, _ in self.common.errors} if self.common else set()

    def fresh(self, name, place):
        seen = self.__dict__.setdefault("names", set())
        expect(name not in seen, place, f"{name} is there twice")
        seen.add(name)
        return name

    def value(self, line, what):
        word = line.take(what)
        for name, value, _ in self.constants:
            if name == word:
                return value
        expect(re.fullmatch(r"[0-9]+|0x[0-9a-fA-F]+", word), line.place,
               f"{what} must be a number or a constant above: {word!r}")
        return int(word, 0)
