/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text: format_to and format_buffer, the kernel's own. */
#ifndef LIBSYS_FORMAT_H
#define LIBSYS_FORMAT_H

#include "kernel/lib/format.h"

#endif
