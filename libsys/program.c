/* SPDX-License-Identifier: BSD-2-Clause */
/* See program.h. */

#include "libsys/program.h"

#include "libsys/print.h"
#include "libsys/string.h"
#include "libsys/syscall.h"

const char *program_text(uint32_t offset)
{
    return (const char *)program_info() + offset;
}

const struct program_cap *program_cap_find(const char *name)
{
    const struct program_info *info = program_info();

    for (uint32_t i = 0; i < info->cap_count; i++)
        if (string_equal(program_text(info->cap[i].name), name))
            return &info->cap[i];
    return NULL;
}

cap_t program_cap(const char *name)
{
    const struct program_cap *found = program_cap_find(name);
    return found ? found->cap : 0;
}

/* The root task never answers. Whoever has no `parent`, or one that answers, ends with a fault. */
_Noreturn void program_exit(int status)
{
    struct message message = {
        .tag = TAG(PARENT_EXIT, 0, 0),
        .word = {(uint64_t)(int64_t)status},
    };

    print_flush();
    (void)!call(program_cap("parent"), &message);
    __builtin_trap();
}
