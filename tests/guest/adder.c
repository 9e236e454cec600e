/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A passive server for other tests: answers the sum of the words, the badge, the number of requests
 * so far.
 */

#include "libsys/program.h"
#include "libsys/server.h"

static enum answer add(void *context, err_t kind, uint32_t badge, struct message *message)
{
    uint64_t *count = context, sum = 0;

    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        sum += message->word[i];
    *message = (struct message){.tag = message->tag, .word = {sum, badge, ++*count, kind}};
    return ANSWER_REGISTERS;
}

int main(const struct program_info *info)
{
    uint64_t count = 0;

    (void)info;
    return (int)server_loop(add, &count);
}
