/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See servers.h. What a server costs that is written as any other would be. No loop over the words:
 * they lie in registers, which have no addresses.
 */

#include "tests/bench/bench-server/servers.h"

#include "libsys/server.h"
#include "tests/bench/protocol.h"

static enum answer words_answer(void *context, err_t kind, uint32_t badge, struct message *message)
{
    uint64_t *word = message->word;

    (void)context, (void)kind, (void)badge;
    word[0] = WORDS_ANSWER(word[0]);
    word[1] = WORDS_ANSWER(word[1]);
    word[2] = WORDS_ANSWER(word[2]);
    word[3] = WORDS_ANSWER(word[3]);
    word[4] = WORDS_ANSWER(word[4]);
    word[5] = WORDS_ANSWER(word[5]);
    word[6] = WORDS_ANSWER(word[6]);
    word[7] = WORDS_ANSWER(word[7]);
    return ANSWER_REGISTERS;
}

err_t words_serve(void)
{
    return server_loop(words_answer, NULL);
}
