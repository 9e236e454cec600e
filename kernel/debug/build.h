/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of this build, a string. See build.c. */

#ifndef KERNEL_DEBUG_BUILD_H
#define KERNEL_DEBUG_BUILD_H

#define KERNEL_BUILD_SIZE 80

extern const char kernel_build[KERNEL_BUILD_SIZE];

#endif
