/* SPDX-License-Identifier: BSD-2-Clause */
/* See format.h. */

#include "kernel/lib/format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    format_sink_t sink;
    void *context;
    size_t count;
};

struct spec {
    bool left, zero, is_long;
    size_t width, precision;
};

static void put(struct output *out, char c)
{
    out->sink(out->context, c);
    out->count++;
}

static void pad(struct output *out, char c, size_t count)
{
    while (count-- > 0)
        put(out, c);
}

/* The text with its padding; a sign stays in front of zeros. */
static void put_field(struct output *out, const struct spec *spec, bool negative, const char *text,
                      size_t length)
{
    size_t total = length + negative;
    size_t fill = spec->width > total ? spec->width - total : 0;
    if (!spec->left && !spec->zero)
        pad(out, ' ', fill);
    if (negative)
        put(out, '-');
    if (!spec->left && spec->zero)
        pad(out, '0', fill);
    for (size_t i = 0; i < length; i++)
        put(out, text[i]);
    if (spec->left)
        pad(out, ' ', fill);
}

static void put_number(struct output *out, const struct spec *spec, bool negative, uint64_t value,
                       unsigned base)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_field(out, spec, negative, digits + at, sizeof(digits) - at);
}

static void put_string(struct output *out, struct spec *spec, const char *text)
{
    if (text == NULL)
        text = "(null)";
    size_t length = 0;
    while (length < spec->precision && text[length] != 0)
        length++;
    spec->zero = false;
    put_field(out, spec, false, text, length);
}

/* The longer parameters are read in one place, so that va_list is touched by few functions. */
static const char *parse_number(const char *format, va_list *args, size_t *value)
{
    if (*format == '*') {
        int given = va_arg(*args, int);
        *value = given > 0 ? (size_t)given : 0;
        return format + 1;
    }
    *value = 0;
    for (; *format >= '0' && *format <= '9'; format++)
        if (*value < 1000)
            *value = *value * 10 + (size_t)(*format - '0');
    return format;
}

static const char *parse_spec(const char *format, va_list *args, struct spec *spec)
{
    *spec = (struct spec){.precision = SIZE_MAX};
    for (;; format++) {
        if (*format == '-')
            spec->left = true;
        else if (*format == '0')
            spec->zero = true;
        else
            break;
    }
    format = parse_number(format, args, &spec->width);
    if (*format == '.')
        format = parse_number(format + 1, args, &spec->precision);
    for (; *format == 'l' || *format == 'z'; format++)
        spec->is_long = true;
    return format;
}

/* One conversion; `format` is behind its %. Returns what follows it. */
static const char *convert(struct output *out, const char *format, va_list *args)
{
    struct spec spec;
    const char *end = parse_spec(format, args, &spec);
    if (*end == 'd' || *end == 'i') {
        int64_t value = spec.is_long ? va_arg(*args, long) : va_arg(*args, int);
        put_number(out, &spec, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
    } else if (*end == 'u' || *end == 'x') {
        uint64_t value = spec.is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
        put_number(out, &spec, false, value, *end == 'u' ? 10 : 16);
    } else if (*end == 'p') {
        put(out, '0');
        put(out, 'x');
        spec = (struct spec){.zero = true, .width = 16};
        put_number(out, &spec, false, (uintptr_t)va_arg(*args, void *), 16);
    } else if (*end == 's') {
        put_string(out, &spec, va_arg(*args, const char *));
    } else if (*end == 'c') {
        char c = (char)va_arg(*args, int);
        spec.zero = false;
        put_field(out, &spec, false, &c, 1);
    } else if (*end == '%') {
        put(out, '%');
    } else {
        put(out, '%');
        return format;
    }
    return end + 1;
}

size_t format_to(format_sink_t sink, void *context, const char *format, va_list args)
{
    struct output out = {sink, context, 0};
    va_list copy; /* an array type where it is a parameter: only a copy has a usable address */
    va_copy(copy, args);
    while (*format != 0) {
        if (*format == '%')
            format = convert(&out, format + 1, &copy);
        else
            put(&out, *format++);
    }
    va_end(copy);
    return out.count;
}

struct buffer {
    char *at;
    size_t left;
};

static void buffer_put(void *context, char c)
{
    struct buffer *buffer = context;
    if (buffer->left > 1) {
        *buffer->at++ = c;
        buffer->left--;
    }
}

size_t format_buffer(char *buffer, size_t size, const char *format, ...)
{
    struct buffer rest = {buffer, size};
    va_list args;
    va_start(args, format);
    size_t length = format_to(buffer_put, &rest, format, args);
    va_end(args);
    if (size > 0)
        *rest.at = 0;
    return length;
}
