/* SPDX-License-Identifier: BSD-2-Clause */
/* The device of rtc.h: an index port and a data port. */

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "servers/clock/rtc.h"

#define PORT_INDEX 0x70
#define PORT_DATA 0x71

enum rtc_register {
    SECOND = 0,
    MINUTE = 2,
    HOUR = 4,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    STATUS_A = 10,
    STATUS_B = 11,
    STATUS_D = 13,
    CENTURY = 0x32, /* where PCs have it */
};
#define A_UPDATES 0x80 /* its registers change within 244 microseconds */
#define B_SET 0x80     /* they don't change */
#define D_POWER 0x80   /* the battery has been good */

#define TRIES 20000

static uint8_t get(enum rtc_register which)
{
    uint64_t value = 0xff;

    (void)!io_port_out(program_cap("cmos"), PORT_INDEX, 1, (uint8_t)which);
    (void)!io_port_in(program_cap("cmos"), PORT_DATA, 1, &value);
    return (uint8_t)value;
}

static void set(enum rtc_register which, uint8_t value)
{
    (void)!io_port_out(program_cap("cmos"), PORT_INDEX, 1, (uint8_t)which);
    (void)!io_port_out(program_cap("cmos"), PORT_DATA, 1, value);
}

static struct rtc registers(void)
{
    return (struct rtc){.second = get(SECOND),
                        .minute = get(MINUTE),
                        .hour = get(HOUR),
                        .day = get(DAY),
                        .month = get(MONTH),
                        .year = get(YEAR),
                        .century = get(CENTURY),
                        .form = get(STATUS_B)};
}

/* An update takes 2 ms; twice the same means that none came between. */
const char *rtc_read(struct rtc *rtc)
{
    struct rtc before = {0};

    for (int i = 0; i < TRIES; i++) {
        uint8_t status = get(STATUS_A);
        if (status == 0xff)
            return "there is no real-time clock";
        if (status & A_UPDATES)
            continue;
        *rtc = registers();
        if (memcmp(rtc, &before, sizeof(before)) == 0)
            return get(STATUS_D) & D_POWER ? NULL : "the clock's battery was empty";
        before = *rtc;
    }
    return "the real-time clock never stands still";
}

void rtc_write(const struct rtc *rtc)
{
    uint8_t form = get(STATUS_B);

    set(STATUS_B, form | B_SET);
    set(SECOND, rtc->second);
    set(MINUTE, rtc->minute);
    set(HOUR, rtc->hour);
    set(DAY, rtc->day);
    set(MONTH, rtc->month);
    set(YEAR, rtc->year);
    set(CENTURY, rtc->century);
    set(STATUS_B, form & (uint8_t)~B_SET);
}
