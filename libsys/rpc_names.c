/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of protocols, their operations and errors; see rpc_error.h. The lists are generated. */

#include <stddef.h>

#include "libsys/names.h"
#include "libsys/rpc_error.h"

static const struct error_entry {
    uint8_t interface, code;
    const char *name, *text;
} errors[] = {
#define RPC_ERROR_ENTRY(interface, code, name, text) {interface, code, name, text},
#include "libsys/rpc_tables.h"
#undef RPC_ERROR_ENTRY
};

static const struct {
    uint8_t interface, operation;
    const char *name;
} operations[] = {
#define RPC_OPERATION(interface, operation, name) {interface, operation, name},
#include "libsys/rpc_tables.h"
#undef RPC_OPERATION
};

static const char *const interfaces[256] = {
#define RPC_INTERFACE(number, name) [number] = name,
#include "libsys/rpc_tables.h"
#undef RPC_INTERFACE
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct error_entry *find(err_t error)
{
    if (!rpc_is_error(error))
        return NULL;
    for (size_t i = 0; i < COUNT(errors); i++)
        if (errors[i].code == ERR_CODE(error) && errors[i].interface == RPC_ERROR_INTERFACE(error))
            return &errors[i];
    return NULL;
}

const char *rpc_error_name(err_t error)
{
    const struct error_entry *entry = find(error);

    if (rpc_is_error(error))
        return entry ? entry->name : "UNKNOWN";
    return error_name(error);
}

const char *rpc_error_text(err_t error)
{
    const struct error_entry *entry = find(error);

    if (rpc_is_error(error))
        return entry ? entry->text : "an unknown error code";
    return error_text(error);
}

const char *rpc_interface_name(uint64_t tag)
{
    const char *name = interfaces[TAG_LABEL(tag) >> 8 & 0xff];
    return name && TAG_LABEL(tag) <= 0xffff ? name : "unknown";
}

const char *rpc_operation_name(uint64_t tag)
{
    uint64_t label = TAG_LABEL(tag);

    for (size_t i = 0; i < COUNT(operations); i++)
        if (label == ((uint64_t)operations[i].interface << 8 | operations[i].operation))
            return operations[i].name;
    return "unknown";
}
