/* SPDX-License-Identifier: BSD-2-Clause */
/* See rtc.h: conversion. */

#include "servers/clock/rtc.h"

#define PM 0x80
#define DAY_SECONDS 86400
#define YEAR_FIRST 1970
#define YEAR_LAST 2199

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* A register's number; false: not BCD. */
static bool number(const struct rtc *rtc, uint8_t value, uint32_t *result)
{
    *result = value;
    if (rtc->form & RTC_BINARY)
        return true;
    *result = (uint32_t)(value >> 4) * 10 + (value & 15);
    return value >> 4 <= 9 && (value & 15) <= 9;
}

static uint8_t from_number(const struct rtc *rtc, uint32_t value)
{
    return (uint8_t)(rtc->form & RTC_BINARY ? value : value / 10 << 4 | value % 10);
}

static bool hour_get(const struct rtc *rtc, uint32_t *hour)
{
    if (rtc->form & RTC_24_HOURS)
        return number(rtc, rtc->hour, hour) && *hour < 24;
    if (!number(rtc, rtc->hour & (uint8_t)~PM, hour) || *hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (rtc->hour & PM ? 12 : 0);
    return true;
}

/* Without a century the years from 70 on are the last century's. */
static bool year_get(const struct rtc *rtc, uint32_t *year)
{
    uint32_t century;

    if (!number(rtc, rtc->year, year) || *year > 99)
        return false;
    if (!number(rtc, rtc->century, &century) || century < 19 || century > 21)
        century = *year < 70 ? 20 : 19;
    *year += 100 * century;
    return *year >= YEAR_FIRST && *year <= YEAR_LAST;
}

bool rtc_to_seconds(const struct rtc *rtc, int64_t *seconds)
{
    uint32_t second, minute, hour, day, month, year;
    int64_t days = 0;

    if (!number(rtc, rtc->second, &second) || second > 59 || !number(rtc, rtc->minute, &minute) ||
        minute > 59 || !hour_get(rtc, &hour) || !number(rtc, rtc->day, &day) || day < 1 ||
        !number(rtc, rtc->month, &month) || month < 1 || month > 12 || !year_get(rtc, &year) ||
        day > month_days(year, month))
        return false;
    for (uint32_t y = YEAR_FIRST; y < year; y++)
        days += is_leap(y) ? 366 : 365;
    for (uint32_t m = 1; m < month; m++)
        days += month_days(year, m);
    days += day - 1;
    *seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    return true;
}

static uint8_t hour_form(const struct rtc *rtc, uint32_t hour)
{
    if (rtc->form & RTC_24_HOURS)
        return from_number(rtc, hour);
    return from_number(rtc, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? PM : 0);
}

bool rtc_from_seconds(struct rtc *rtc, int64_t seconds)
{
    int64_t days = seconds / DAY_SECONDS;
    uint32_t rest = (uint32_t)(seconds % DAY_SECONDS), year = YEAR_FIRST, month = 1;

    if (seconds < 0 || days > 366 * (YEAR_LAST - YEAR_FIRST + 1))
        return false;
    for (; days >= (is_leap(year) ? 366 : 365); year++)
        days -= is_leap(year) ? 366 : 365;
    for (; days >= month_days(year, month); month++)
        days -= month_days(year, month);
    if (year > YEAR_LAST)
        return false;
    rtc->second = from_number(rtc, rest % 60);
    rtc->minute = from_number(rtc, rest / 60 % 60);
    rtc->hour = hour_form(rtc, rest / 3600);
    rtc->day = from_number(rtc, (uint32_t)days + 1);
    rtc->month = from_number(rtc, month);
    rtc->year = from_number(rtc, year % 100);
    rtc->century = from_number(rtc, year / 100);
    return true;
}
