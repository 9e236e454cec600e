/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What both sides of a protocol share: how its messages are written. The language is described in
 * libsys/README.md; tools/idl-gen makes NAME_client.h and NAME_server.h, whose functions are all
 * that programs use.
 *
 * Arguments lie in words 0 to 7 and then in the message buffer, in their order: a number is one
 * word, a struct as many as it has, `string` and `bytes` the length of their contents, an optional
 * capability 1 or 0. Behind all these, in the buffer, lie the contents, each from a new word on.
 * A request's label is interface << 8 | operation; an answer's is an error's code, 0 for success.
 *
 * Contents of large `bytes` that don't fit there lie in the window, memory that client and server
 * share. Whose window it is the server sees by the handle that was called, if that is the client's
 * session; else by the session sent as the last capability, which it recognises as its own. So
 * nobody can name a window that isn't his.
 */
#ifndef LIBSYS_RPC_H
#define LIBSYS_RPC_H

#include "libsys/rpc_protocol.h"
#include "libsys/syscall.h"

#define RPC_TAG(interface, operation) TAG((interface) << 8 | (operation), 0, 0)

struct rpc_window {
    void *address;
    uint32_t bytes; /* 0: there is none */
};

/* With the length or room of bulk `bytes`: in the window. */
#define RPC_IN_WINDOW (1ull << 32)

/* What an answer brings in the window lies behind what the request has there. */
#define RPC_WINDOW_ALIGN(bytes) (((bytes) + 63u) & ~(uint64_t)63)

/* The most contents that go by the message where they could go by the window. */
#define RPC_MESSAGE_MAX 384u

/* Words that so many bytes take. */
#define RPC_WORDS(bytes) (((bytes) + 7u) / 8u)

/* Copy between places that don't overlap. */
SYSCALL_INLINE void rpc_copy(void *to, const void *from, uint64_t bytes)
{
#ifdef MARCONA_HOST
    if (bytes > 0)
        __builtin_memcpy(to, from, bytes);
#else
    uint64_t words = bytes / 8, rest = bytes % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    if (rest)
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
#endif
}

/* Write contents into a buffer; what is left of the last word is zero. */
SYSCALL_INLINE void rpc_copy_words(uint64_t *words, const void *from, uint32_t bytes)
{
    if (bytes % 8)
        words[bytes / 8] = 0;
    rpc_copy(words, from, bytes);
}

/* A message without anything; shorter than what the compiler makes of an initialiser. */
SYSCALL_INLINE void rpc_message_clear(struct message *msg)
{
    msg->tag = 0;
    msg->word[0] = msg->word[1] = msg->word[2] = msg->word[3] = 0;
    msg->word[4] = msg->word[5] = msg->word[6] = msg->word[7] = 0;
}

/* The n-th word of a struct. */
SYSCALL_INLINE uint64_t rpc_struct_word(const void *structure, unsigned n)
{
    uint64_t word;

    __builtin_memcpy(&word, (const char *)structure + 8 * (uint64_t)n, 8);
    return word;
}

SYSCALL_INLINE void rpc_struct_set(void *structure, unsigned n, uint64_t word)
{
    __builtin_memcpy((char *)structure + 8 * (uint64_t)n, &word, 8);
}

#endif
