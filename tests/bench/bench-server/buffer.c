/* SPDX-License-Identifier: BSD-2-Clause */
/* See servers.h. */

#include "tests/bench/bench-server/servers.h"

#include "libsys/invoke.h"
#include "libsys/program.h"

err_t buffer_open(void)
{
    cap_t frame = program_cap("memory");
    err_t error = frame_map(frame, program_cap("vspace"), BUFFER_ADDRESS, 0, 4096,
                            ACCESS_READ | ACCESS_WRITE);

    return error ? error : thread_set_buffer(program_cap("thread"), frame, 0);
}

void buffer_offer(uint32_t index, unsigned count)
{
    struct message_buffer *buffer = (struct message_buffer *)BUFFER_ADDRESS;

    for (unsigned i = 0; i < count; i++)
        buffer->receive[i] = CAP_OF(index + i);
}
