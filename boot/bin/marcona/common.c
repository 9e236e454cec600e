/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs share: complaints, services by name, numbers as text. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "boot/bin/marcona/programs.h"
#include "libsys/name_client.h"
#include "libsys/newlib/system.h"
#include "libsys/time.h"

const char *program_name = "marcona";

int complain(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return 1;
}

int complain_error(const char *what, err_t error)
{
    return complain("%s: %s", what, strerror(system_errno(error)));
}

int usage(const char *text)
{
    fprintf(stderr, "usage: %s %s\n", program_name, text);
    return 2;
}

cap_t service_find(const char *name)
{
    static uint32_t used;
    cap_t slot = CAP_OF(PROCESS_SLOT_FREE + used);
    err_t error = name_lookup(SYSTEM_CLIENT(PROCESS_CAP(NAME)), name, slot);

    if (error) {
        complain_error(name, error);
        return 0;
    }
    used++;
    return slot;
}

const char *size_text(uint64_t bytes, char text[8])
{
    static const char unit[] = "BKMGTPE";
    uint64_t tenths = bytes * 10;
    unsigned step = 0;

    if (bytes < 10000)
        snprintf(text, 8, "%u", (unsigned)bytes);
    else {
        while (tenths >= 10240) {
            tenths /= 1024;
            step++;
        }
        if (tenths < 1000)
            snprintf(text, 8, "%u.%u%c", (unsigned)tenths / 10, (unsigned)tenths % 10, unit[step]);
        else
            snprintf(text, 8, "%u%c", (unsigned)tenths / 10, unit[step]);
    }
    return text;
}

uint64_t time_of_ticks(uint64_t ticks)
{
    const struct time_info *info = &process_page()->clock;

    return ticks < info->entry ? 0 : time_to_nanoseconds(info, ticks - info->entry);
}

uint64_t time_since_boot(void)
{
    uint64_t now = 0;

    return time_now(&process_page()->clock, PROCESS_CAP(TIME), &now) ? 0 : now;
}
