/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_GUEST_SPACES_CASES_H
#define TESTS_GUEST_SPACES_CASES_H

#include "tests/guest/spaces/task.h"

void cases_basic(void);

#endif
