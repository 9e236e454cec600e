/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name of this build: commit, compiler and optimisation, as the boot log and panics print it.
 * It is the only file that is compiled with the commit's name. The array's size is fixed, so that
 * a longer name moves nothing else in the image and measurements stay comparable.
 */

#include "kernel/debug/build.h"

const char kernel_build[KERNEL_BUILD_SIZE] = MARCONA_BUILD;
