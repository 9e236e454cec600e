/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile instructions, a case for each: see snippets.S. */
#ifndef TESTS_GUEST_KERNEL_HOSTILE_H
#define TESTS_GUEST_KERNEL_HOSTILE_H

void hostile_snippets(void);

#endif
