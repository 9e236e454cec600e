/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC's real-time clock (MC146818 and its successors), whose registers count a date in BCD or
 * binary, with 12 or 24 hours. Conversion is pure; the device is read and written through ports.
 */
#ifndef SERVERS_CLOCK_RTC_H
#define SERVERS_CLOCK_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* The registers as they are. */
struct rtc {
    uint8_t second, minute, hour, day, month, year;
    uint8_t century; /* 19 to 21 in its form; anything else: there is no such register */
    uint8_t form;    /* status register B: RTC_* */
};

#define RTC_24_HOURS 0x02
#define RTC_BINARY 0x04

/* Seconds since 1970; false: not a date. */
bool rtc_to_seconds(const struct rtc *rtc, int64_t *seconds);

/* In the form that `rtc->form` says; false: not within 1970 to 2199. */
bool rtc_from_seconds(struct rtc *rtc, int64_t seconds);

/* Read it when it doesn't change, twice the same. Null: good; else what is wrong, in words. */
const char *rtc_read(struct rtc *rtc);
void rtc_write(const struct rtc *rtc);

#endif
