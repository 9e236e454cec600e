/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From _start to main. The root task has a program_start of its own; the linker takes this one only
 * where there is no other, so it must be alone in its file.
 */

#include "libsys/program.h"

_Noreturn void program_start(void *argument);

/* `argument` is the page's address, or, for a passive program, a word of the first request. */
_Noreturn void program_start(void *argument)
{
    (void)argument;
    program_exit(main(program_info()));
}
