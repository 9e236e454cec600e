/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of protocols (libsys/NAME.idl) as error words. They share err_t with the kernel's: the
 * blame byte 0x80 tells them apart, ERR_CODE gives the code. Codes below 32 mean the same in all
 * protocols (libsys/rpc.idl) and have interface 0.
 */
#ifndef LIBSYS_RPC_ERROR_H
#define LIBSYS_RPC_ERROR_H

#include "kernel/abi/message.h"

#define RPC_BLAME 0x80u
#define RPC_COMMON_CODES 32u
#define RPC_ERROR(interface, code) \
    ((err_t)(code) | (err_t)(interface) << 8 | (err_t)RPC_BLAME << 24)
#define RPC_ERROR_INTERFACE(error) ERR_ARGUMENT(error)

/* Whether an error word is a protocol's. */
static inline _Bool rpc_is_error(err_t error)
{
    return ERR_BLAME(error) == RPC_BLAME;
}

/* "NOT_FOUND" and "there is nothing of that name", of any error word, the kernel's too. */
const char *rpc_error_name(err_t error);
const char *rpc_error_text(err_t error);

/* "file" and "read", of a message's tag, for traces; "unknown" for others. */
const char *rpc_interface_name(uint64_t tag);
const char *rpc_operation_name(uint64_t tag);

#endif
