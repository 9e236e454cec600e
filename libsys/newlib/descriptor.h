/* SPDX-License-Identifier: BSD-2-Clause */
/* What the library remembers of a descriptor: DESCRIPTOR_* of system.h and the kind of file. */
#ifndef LIBSYS_NEWLIB_DESCRIPTOR_H
#define LIBSYS_NEWLIB_DESCRIPTOR_H

#include "libsys/newlib/system.h"

static inline uint8_t *flags_of(int descriptor)
{
    return &process_page()->descriptor_flags[descriptor];
}

#endif
