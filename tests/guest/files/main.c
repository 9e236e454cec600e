/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/guest/files/test.h"

int main(const struct program_info *info)
{
    (void)info;
    test_init();
    cases_basic();
    cases_waiting();
    cases_cost();
    return check_failures;
}
