/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted: capabilities copied, minted, moved, deleted and revoked through the CNode's operations.
 * */
#include "tests/host/hosted/unit.h"

static void boots(void)
{
    REQUIRE(this_cpu()->current == hosted_root.thread && !machine.halted);
    REQUIRE(INVOKE(ROOT_UNTYPED, untyped_info, 0) == 0);
    REQUIRE(machine.user.word[1] == 1 << 20 && machine.user.word[2] == 1 << 20);
}

int main(void)
{
    unit_run("derive: a thread boots and asks for its memory", boots);
    return unit_end();
}
