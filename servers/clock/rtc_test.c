/* SPDX-License-Identifier: BSD-2-Clause */
/* sources: servers/clock/rtc.c */
/* The clock's dates against the C library's, in each form; and what isn't a date. */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "servers/clock/rtc.h"

static int failures;
static const uint8_t forms[] = {0, RTC_24_HOURS, RTC_BINARY, RTC_24_HOURS | RTC_BINARY};

static void report(const char *name, bool good)
{
    printf(good ? "ok clock: %s\n" : "not ok clock: %s: not so\n", name);
    failures += !good;
}

/* 1 January 1970 to 31 December 2199, the library's calendar as the model. */
#define LAST 7258118399ll

static bool same_as_library(int64_t seconds, uint8_t form)
{
    struct rtc rtc = {.form = form};
    struct tm date;
    time_t time = seconds;
    int64_t back;

    gmtime_r(&time, &date);
    if (!rtc_from_seconds(&rtc, seconds) || !rtc_to_seconds(&rtc, &back) || back != seconds)
        return false;
    if (form != (RTC_24_HOURS | RTC_BINARY))
        return true;
    return rtc.second == date.tm_sec && rtc.minute == date.tm_min && rtc.hour == date.tm_hour &&
           rtc.day == date.tm_mday && rtc.month == date.tm_mon + 1 &&
           rtc.year == date.tm_year % 100 && rtc.century == (date.tm_year + 1900) / 100;
}

static bool conversions(uint8_t form)
{
    for (int64_t day = 0; day <= LAST / 86400; day++)
        if (!same_as_library(day * 86400 + rand() % 86400, form))
            return false;
    return same_as_library(0, form) && same_as_library(LAST, form) &&
           same_as_library(951782400, form); /* 29 February 2000 */
}

static bool known(void)
{
    const struct rtc bcd = {0x59, 0x34, 0x92, 0x31, 0x12, 0x99, 0x19, 0}; /* 12:34:59 pm */
    const struct rtc midnight = {0, 0, 0x12, 0x01, 0x03, 0x00, 0x20, 0};  /* 12:00:00 am */
    const struct rtc no_century = {0, 0, 0, 1, 1, 26, 0, RTC_24_HOURS | RTC_BINARY};
    int64_t a, b, c;

    return rtc_to_seconds(&bcd, &a) && a == 946643699 && rtc_to_seconds(&midnight, &b) &&
           b == 951868800 && rtc_to_seconds(&no_century, &c) && c == 1767225600;
}

static bool no_dates(void)
{
    static const struct rtc wrong[] = {
        {0x5a, 0, 0, 1, 1, 0, 0x20, RTC_24_HOURS},           /* not BCD */
        {0x60, 0, 0, 1, 1, 0, 0x20, RTC_24_HOURS},           /* 60 seconds */
        {0, 0, 0x24, 1, 1, 0, 0x20, RTC_24_HOURS},           /* 24 hours */
        {0, 0, 0x13, 1, 1, 0, 0x20, 0},                      /* 13 of 12 hours */
        {0, 0, 0, 1, 1, 0, 0x20, 0},                         /* 0 of 12 hours */
        {0, 0, 0, 0, 1, 0, 0x20, RTC_24_HOURS},              /* day 0 */
        {0, 0, 0, 0x30, 2, 0, 0x20, RTC_24_HOURS},           /* 30 February */
        {0, 0, 0, 29, 2, 0, 21, RTC_24_HOURS | RTC_BINARY},  /* 2100 has no 29 February */
        {0, 0, 0, 1, 0x13, 0, 0x20, RTC_24_HOURS},           /* month 13 */
        {0, 0, 0, 1, 0, 0, 0x20, RTC_24_HOURS},              /* month 0 */
        {0, 0, 0, 1, 1, 100, 20, RTC_24_HOURS | RTC_BINARY}, /* year 100 */
        {0, 0, 0, 1, 1, 0x69, 0x19, RTC_24_HOURS},           /* 1969 */
        {255, 255, 255, 255, 255, 255, 255, 255},            /* nobody is there */
    };
    struct rtc rtc = {0};
    int64_t seconds;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (rtc_to_seconds(&wrong[i], &seconds))
            return false;
    return !rtc_from_seconds(&rtc, -1) && !rtc_from_seconds(&rtc, LAST + 1) &&
           !rtc_from_seconds(&rtc, INT64_MAX);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof(forms); i++)
        report("every day, there and back", conversions(forms[i]));
    report("known dates", known());
    report("what isn't a date", no_dates());
    return failures != 0;
}
