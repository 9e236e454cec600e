/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/debug/request.c servers/debug/packet.c kernel/lib/format.c */
/* Requests of gdb taken apart; what is malformed is found. */

#include "servers/debug/request.h"

#include <stdio.h>
#include <string.h>

static int failures;
static struct gdb_request request;

static void check(const char *name, bool holds)
{
    printf("%s request: %s\n", holds ? "ok" : "not ok", name);
    failures += !holds;
}

static bool is(const char *packet, enum request_kind kind)
{
    request_read(packet, (uint32_t)strlen(packet), &request);
    return request.kind == kind;
}

static void check_plain(void)
{
    check("why", is("?", REQUEST_WHY));
    check("registers", is("g", REQUEST_READ_REGISTERS));
    check("one register", is("p2a", REQUEST_READ_REGISTER) && request.number == 0x2a);
    check("set one", is("P11=46020000", REQUEST_WRITE_REGISTER) && request.number == 17 &&
                         request.data_size == 4 && request.data[0] == 0x46);
    check("set all, but some", is("G0102xxFF", REQUEST_WRITE_REGISTERS) && request.data_size == 4 &&
                                   request.unknown[2] && !request.unknown[3] &&
                                   request.data[3] == 0xff);
    check("attach", is("vAttach;186a1", REQUEST_ATTACH) && request.number == 100001);
    check("a feature", is("qSupported:multiprocess+;swbreak+", REQUEST_SUPPORTED));
    check("a description", is("qXfer:features:read:target.xml:1f,3fb", REQUEST_DESCRIPTION) &&
                               request.address == 0x1f && request.length == 0x3fb);
    check("a command", is("qRcmd,7073", REQUEST_MONITOR) && request.data_size == 2 &&
                           strcmp((const char *)request.data, "ps") == 0);
    check("current, and what only begins so",
          is("qC", REQUEST_CURRENT) && is("qCRC:1,2", REQUEST_UNKNOWN));
    check("unknown", is("", REQUEST_UNKNOWN) && is("vMustReplyEmpty", REQUEST_UNKNOWN) &&
                         is("Z1,400000,1", REQUEST_UNKNOWN) && is("~", REQUEST_UNKNOWN));
}

static void check_memory(void)
{
    check("read", is("m7fffffffe000,200", REQUEST_READ_MEMORY) &&
                      request.address == 0x7fffffffe000 && request.length == 0x200);
    check("write", is("M400000,3:010203", REQUEST_WRITE_MEMORY) && request.data_size == 3 &&
                       request.data[2] == 3);
    check("write as bytes", is("X400000,2:a:", REQUEST_WRITE_MEMORY) && request.data_size == 2 &&
                                request.data[1] == ':');
    check("nothing", is("X0,0:", REQUEST_WRITE_MEMORY) && request.data_size == 0);
    check("a breakpoint", is("Z0,401000,1", REQUEST_INSERT) && request.address == 0x401000);
    check("none", is("z0,401000,1", REQUEST_REMOVE));
}

static void check_resume(void)
{
    const struct request_resume *resume = &request.resume;

    check("go on", is("c", REQUEST_RESUME) && !resume->is_step && !resume->has_address);
    check("step elsewhere", is("s401000", REQUEST_RESUME) && resume->is_step &&
                                resume->has_address && resume->address == 0x401000);
    check("a signal",
          is("C0b;401000", REQUEST_RESUME) && resume->signal == 11 && resume->address == 0x401000);
    check("one steps", is("vCont;s:2", REQUEST_RESUME) && resume->is_step && resume->thread == 2 &&
                           resume->is_alone);
    check("one steps, others go on", is("vCont;s:2;c", REQUEST_RESUME) && resume->is_step &&
                                         resume->thread == 2 && !resume->is_alone);
    check("all go on", is("vCont;c:-1", REQUEST_RESUME) && !resume->is_step && !resume->is_alone &&
                           resume->thread == 0);
    check("one gets a signal",
          is("vCont;C05:1;c", REQUEST_RESUME) && resume->signal == 5 && resume->thread == 1);
    check("which actions", is("vCont?", REQUEST_RESUME_ASK));
}

static void check_threads(void)
{
    check("select", is("Hg2", REQUEST_SELECT) && request.thread == 2);
    check("select all", is("Hc-1", REQUEST_SELECT_RESUMED) && request.thread == -1);
    check("alive", is("T1f", REQUEST_ALIVE) && request.thread == 0x1f);
    check("what it does", is("qThreadExtraInfo,3", REQUEST_THREAD_INFO) && request.thread == 3);
}

static void check_malformed(void)
{
    static const char *const malformed[] = {
        "m",
        "m,",
        "m1",
        "m1,",
        "m1,2,3",
        "mx,1",
        "m-1,1",
        "M1,1",
        "M1,2:01",
        "M1,1:0102",
        "M1,1:0",
        "M1,1:0g",
        "X1,2:a",
        "X1,1",
        "X1,ffffffffffffffff:a",
        "P",
        "P1",
        "P1=",
        "P1=0",
        "P=00",
        "p",
        "px",
        "Z0,",
        "Z0,1",
        "Z0,1,1;X1,00",
        "cx",
        "C",
        "Cx",
        "C100",
        "S05;",
        "vCont",
        "vCont;",
        "vCont;x",
        "vCont;c;",
        "vCont;C;c",
        "vCont;s:",
        "vCont;s:-2",
        "vCont;C1ff",
        "Hx1",
        "H",
        "Hg",
        "Hg-2",
        "Hgffffffffff",
        "T",
        "T1x",
        "vAttach;",
        "vAttach;1x",
        "??",
        "g1",
        "Gxy",
        "G0",
        "qRcmd,7",
        "qRcmd,zz",
        "qThreadExtraInfo,",
        "!1",
        "qXfer:features:read:target.xml:1",
        "qXfer:osdata:read:processes:1,2,3",
        "m11111111111111111,1",
    };

    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        check(malformed[i], is(malformed[i], REQUEST_MALFORMED));
}

/* More bytes than there is room for. */
static void check_long(void)
{
    char packet[2 * REQUEST_DATA_MAX + 32];
    int at = sprintf(packet, "M0,%x:", REQUEST_DATA_MAX + 1);

    memset(packet + at, '0', 2 * REQUEST_DATA_MAX + 2);
    packet[at + 2 * (int)REQUEST_DATA_MAX + 2] = 0;
    check("too many bytes", is(packet, REQUEST_MALFORMED));
    packet[0] = 'X';
    packet[at + (int)REQUEST_DATA_MAX + 1] = 0;
    check("too many as they are", is(packet, REQUEST_MALFORMED));
}

int main(void)
{
    check_plain();
    check_memory();
    check_resume();
    check_threads();
    check_malformed();
    check_long();
    return failures != 0;
}
