/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's operations: programs of the boot manifest, which the supervisor runs. */

#include <stdio.h>

#include "boot/bin/bench/bench.h"
#include "libsys/name_client.h"
#include "libsys/newlib/system.h"
#include "libsys/supervisor_client.h"

#define PROGRAM "bench" /* its name in the manifest; it prints to the first terminal itself */

bool bench_kernel(void)
{
    cap_t supervisor = CAP_OF(PROCESS_SLOT_FREE);
    int32_t status = 0;
    err_t error = name_lookup(SYSTEM_CLIENT(PROCESS_CAP(NAME)), "supervisor", supervisor);

    fflush(stdout);
    if (!error)
        error = supervisor_run(SYSTEM_CLIENT(supervisor), PROGRAM, &status);
    if (error)
        fprintf(stderr, "bench: the kernel's operations: %s: %s\n", rpc_error_name(error),
                rpc_error_text(error));
    return !error && status == 0;
}
