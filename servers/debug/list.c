/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts that are longer than a packet: which registers there are, and what can be attached. gdb
 * reads them in parts, the first part first.
 */

#include "libsys/format.h"
#include "libsys/string.h"
#include "servers/debug/stub.h"

#define TEXT_MAX 12288u
#define PART_MAX (PACKET_MAX / 2)

static struct {
    uint32_t size;
    char bytes[TEXT_MAX];
} text;

static void append(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void sink(void *context, char c)
{
    (void)context;
    if (text.size < TEXT_MAX)
        text.bytes[text.size++] = c;
}

static void append(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)format_to(sink, NULL, format, args);
    va_end(args);
}

/* `m` and a part, or `l` and the last. */
static void part_say(uint64_t offset, uint64_t length)
{
    uint64_t left = offset < text.size ? text.size - offset : 0;

    if (length > PART_MAX)
        length = PART_MAX;
    packet_begin(&stub.out);
    packet_text(&stub.out, length < left ? "m" : "l");
    for (uint64_t i = 0; i < length && i < left; i++)
        packet_byte(&stub.out, (uint8_t)text.bytes[offset + i]);
    stub_send();
}

/* ---- Registers ------------------------------------------------------------------------------- */

static void append_registers(const char *const *names, unsigned count, const char *what)
{
    for (unsigned i = 0; i < count; i++)
        append("<reg name=\"%s\" %s/>", names[i], what);
}

void list_description(uint64_t offset, uint64_t length)
{
    static const char *const general[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    static const char *const segments[] = {"cs", "ss", "ds", "es", "fs", "gs"};
    static const char *const control[] = {"fctrl", "fstat", "ftag",  "fiseg",
                                          "fioff", "foseg", "fooff", "fop"};
    static const char *const bases[] = {"fs_base", "gs_base"};

    text.size = 0;
    append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
           "<architecture>i386:x86-64</architecture>"
           "<feature name=\"org.gnu.gdb.i386.core\">");
    append_registers(general, 16, "bitsize=\"64\" type=\"int64\"");
    append("<reg name=\"rip\" bitsize=\"64\" type=\"code_ptr\"/>"
           "<reg name=\"eflags\" bitsize=\"32\" type=\"int32\"/>");
    append_registers(segments, 6, "bitsize=\"32\" type=\"int32\"");
    for (unsigned i = 0; i < 8; i++)
        append("<reg name=\"st%u\" bitsize=\"80\" type=\"i387_ext\"/>", i);
    append_registers(control, 8, "bitsize=\"32\" type=\"int\" group=\"float\"");
    append("</feature><feature name=\"org.gnu.gdb.i386.segments\">");
    append_registers(bases, 2, "bitsize=\"64\" type=\"int\"");
    append("</feature></target>");
    part_say(offset, length);
}

/* ---- What can be attached -------------------------------------------------------------------- */

typedef void each(uint32_t number, const char *kind, const char *name);

static void each_target(each *tell)
{
    char name[NAME_ROOM];
    int32_t pid = 0;
    bool runs;

    for (uint32_t i = 0; program_at(i, &runs, name); i++)
        if (runs)
            tell(LIST_PROGRAMS + i, "program", name);
    while (process_next_after(pid, &pid, name))
        tell((uint32_t)pid, "process", name);
}

static void escape(const char *name)
{
    for (; *name; name++)
        if (*name == '<' || *name == '>' || *name == '&')
            append("&#%u;", (unsigned)*name);
        else
            append("%c", *name);
}

static void item(uint32_t number, const char *kind, const char *name)
{
    append("<item><column name=\"pid\">%u</column><column name=\"user\">%s</column>"
           "<column name=\"command\">",
           number, kind);
    escape(name);
    append("</column></item>");
}

/* It may change between two parts: the text is made with the first. */
void list_processes(uint64_t offset, uint64_t length)
{
    if (offset == 0) {
        text.size = 0;
        append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"osdata.dtd\">"
               "<osdata type=\"processes\">");
        each_target(item);
        append("</osdata>");
    }
    part_say(offset, length);
}

/* ---- Commands -------------------------------------------------------------------------------- */

static void say_line(const char *line)
{
    packet_begin(&stub.out);
    packet_text(&stub.out, "O");
    packet_hex(&stub.out, line, (uint32_t)strlen(line));
    stub_send();
}

static void line(uint32_t number, const char *kind, const char *name)
{
    char words[96];

    format_buffer(words, sizeof(words), "%6u  %-8s %s\n", number, kind, name);
    say_line(words);
}

void list_monitor(const char *command)
{
    if (string_equal(command, "ps"))
        each_target(line);
    else
        say_line("monitor ps: what can be attached, by its number\n");
    stub_say("OK");
}
