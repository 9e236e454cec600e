/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who pays for memory. A space has an account, and its group one above it: both must allow what is
 * charged, and both count it. Quota 0 is no limit.
 */
#ifndef SERVERS_MEMORY_ACCOUNT_H
#define SERVERS_MEMORY_ACCOUNT_H

#include "libsys/rpc.h"

#define GROUPS 256u

struct account {
    uint64_t quota, used; /* bytes */
    struct account *parent;
};

SYSCALL_INLINE bool account_allows(const struct account *account, uint64_t bytes)
{
    return !account->quota ||
           (account->used <= account->quota && bytes <= account->quota - account->used);
}

/* All of it, or RPC_QUOTA and nothing. A null account pays for anything. */
SYSCALL_INLINE MUST_USE err_t account_charge(struct account *account, uint64_t bytes)
{
    struct account *group = account ? account->parent : NULL;
    if ((account && !account_allows(account, bytes)) || (group && !account_allows(group, bytes)))
        return RPC_QUOTA;
    if (account)
        account->used += bytes;
    if (group)
        group->used += bytes;
    return 0;
}

SYSCALL_INLINE void account_return(struct account *account, uint64_t bytes)
{
    if (!account)
        return;
    account->used -= bytes;
    if (account->parent)
        account->parent->used -= bytes;
}

/* The account of a group, 1 to GROUPS - 1. */
struct account *account_of_group(uint32_t group);

#endif
