/* SPDX-License-Identifier: BSD-2-Clause */
/* See names.h. The tables are made from the lists in kernel/abi. */

#include "libsys/names.h"

#include "kernel/abi/message.h"

static const char *const error_names[] = {
    [ERROR_NONE] = "NONE",
#define ERROR(code, NAME, blame, doc) [code] = #NAME,
#include "kernel/abi/errors.def"
#undef ERROR
};

static const char *const error_texts[] = {
    [ERROR_NONE] = "success",
#define ERROR(code, NAME, blame, doc) [code] = doc,
#include "kernel/abi/errors.def"
#undef ERROR
};

static const char *const object_names[] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) [number] = #name,
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
};

static const unsigned char object_smallest[] = {
#define OBJECT(number, NAME, name, smallest, largest, derivable, doc) [number] = (smallest),
#define RIGHT(OBJECT, NAME, bit, doc)
#include "kernel/abi/objects.def"
#undef OBJECT
#undef RIGHT
};

const char *error_name(err_t error)
{
    return ERR_CODE(error) < ERROR_COUNT ? error_names[ERR_CODE(error)] : "UNKNOWN";
}

const char *error_text(err_t error)
{
    return ERR_CODE(error) < ERROR_COUNT ? error_texts[ERR_CODE(error)] : "an unknown error code";
}

const char *object_name(unsigned type)
{
    return type < OBJECT_COUNT ? object_names[type] : "unknown";
}

unsigned object_bits(unsigned type)
{
    return type < OBJECT_COUNT ? object_smallest[type] : 0;
}
