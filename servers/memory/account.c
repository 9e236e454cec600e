/* SPDX-License-Identifier: BSD-2-Clause */
#include "servers/memory/account.h"

static struct account groups[GROUPS];

struct account *account_of_group(uint32_t group)
{
    return group < GROUPS && group > 0 ? &groups[group] : NULL;
}
