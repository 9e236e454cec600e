/* SPDX-License-Identifier: BSD-2-Clause */
/* One text, compiled twice: for the kernel with the kernel's flags, and here for programs. */

#include "kernel/lib/string.c"
