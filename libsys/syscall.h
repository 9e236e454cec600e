/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls as inline functions: one `syscall` instruction each, no call, no memory traffic.
 *
 * A message is a local `struct message`. As long as its address goes nowhere but into these
 * functions, the compiler keeps its fields in the registers that carry them, so that building a
 * message costs one instruction per word and reading an answer none.
 *
 * All eight words and the tag always travel: initialise the whole structure (`= {0}` or named
 * fields), or what your registers held goes to the other side.
 *
 * A call clobbers every register but rsp, rbp included. So a function that uses one of these must
 * be compiled with -fomit-frame-pointer (-O2 does it) and must not contain an array of variable
 * length or alloca. What it keeps over the call goes to its stack.
 *
 * Results: 0 for success; an error word (kernel/abi/message.h) has a low byte that isn't 0; a
 * RECEIVE_* kind has a low byte of 0. `syscall_failed` tells the two apart. The comparison with 0
 * costs one conditional jump on the carry flag.
 *
 * Host tests (MARCONA_HOST) supply `host_syscall`, which plays the kernel.
 */
#ifndef LIBSYS_SYSCALL_H
#define LIBSYS_SYSCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/abi/message.h"
#include "kernel/abi/types.h"

#define SYSCALL_INLINE static inline __attribute__((always_inline))
#define MUST_USE __attribute__((warn_unused_result))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* What travels in registers, both ways. */
struct message {
    uint64_t tag;
    uint64_t word[MESSAGE_WORDS];
};

/* What a system call leaves besides the message. */
struct syscall_result {
    uint64_t rax; /* carry clear: badge or 0; carry set: error word or RECEIVE_* kind */
    uint64_t rdx; /* carry set, a kind: the badge */
    bool carry;
};

/* Vector registers don't survive a system call that blocks; code that uses them must know. */
#ifdef __SSE__
#define SYSCALL_VECTORS                                                                        \
    , "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#else
#define SYSCALL_VECTORS
#endif

#ifdef MARCONA_HOST

struct syscall_result host_syscall(enum syscall number, cap_t cap, struct message *message);

SYSCALL_INLINE struct syscall_result syscall_message(enum syscall number, cap_t cap,
                                                     struct message *message)
{
    return host_syscall(number, cap, message);
}

SYSCALL_INLINE struct syscall_result syscall_wait(enum syscall number, struct message *message)
{
    return host_syscall(number, 0, message);
}

SYSCALL_INLINE struct syscall_result syscall_silent(enum syscall number, cap_t cap, uint64_t *word0,
                                                    uint64_t *word1)
{
    struct message message = {0};
    struct syscall_result result = host_syscall(number, cap, &message);
    *word0 = message.word[0];
    *word1 = message.word[1];
    return result;
}

#else

/* Any system call that names a capability. */
SYSCALL_INLINE struct syscall_result syscall_message(enum syscall number, cap_t cap,
                                                     struct message *message)
{
    register uint64_t word2 __asm__("r8") = message->word[2];
    register uint64_t word3 __asm__("r9") = message->word[3];
    register uint64_t word4 __asm__("r10") = message->word[4];
    register uint64_t word5 __asm__("r12") = message->word[5];
    register uint64_t word6 __asm__("r13") = message->word[6];
    register uint64_t word7 __asm__("r14") = message->word[7];
    register uint64_t tag __asm__("r15") = message->tag;
    uint64_t word0 = message->word[0], word1 = message->word[1];
    uint64_t rax = number, rdx = cap;
    bool carry;

    __asm__ volatile("syscall"
                     : "=@ccc"(carry), "+a"(rax), "+d"(rdx), "+D"(word0), "+S"(word1), "+r"(word2),
                       "+r"(word3), "+r"(word4), "+r"(word5), "+r"(word6), "+r"(word7), "+r"(tag)
                     :
                     : "rcx", "r11", "rbx", "rbp", "memory" SYSCALL_VECTORS);
    *message = (struct message){.tag = tag,
                                .word = {word0, word1, word2, word3, word4, word5, word6, word7}};
    return (struct syscall_result){.rax = rax, .rdx = rdx, .carry = carry};
}

/* Those that wait; they name no capability, so rdx isn't set. */
SYSCALL_INLINE struct syscall_result syscall_wait(enum syscall number, struct message *message)
{
    register uint64_t word2 __asm__("r8") = message->word[2];
    register uint64_t word3 __asm__("r9") = message->word[3];
    register uint64_t word4 __asm__("r10") = message->word[4];
    register uint64_t word5 __asm__("r12") = message->word[5];
    register uint64_t word6 __asm__("r13") = message->word[6];
    register uint64_t word7 __asm__("r14") = message->word[7];
    register uint64_t tag __asm__("r15") = message->tag;
    uint64_t word0 = message->word[0], word1 = message->word[1];
    uint64_t rax = number, rdx;
    bool carry;

    __asm__ volatile("syscall"
                     : "=@ccc"(carry), "+a"(rax), "=d"(rdx), "+D"(word0), "+S"(word1), "+r"(word2),
                       "+r"(word3), "+r"(word4), "+r"(word5), "+r"(word6), "+r"(word7), "+r"(tag)
                     :
                     : "rcx", "r11", "rbx", "rbp", "memory" SYSCALL_VECTORS);
    *message = (struct message){.tag = tag,
                                .word = {word0, word1, word2, word3, word4, word5, word6, word7}};
    return (struct syscall_result){.rax = rax, .rdx = rdx, .carry = carry};
}

/* Those that send nothing to anyone: no register needs to be cleared. */
SYSCALL_INLINE struct syscall_result syscall_silent(enum syscall number, cap_t cap, uint64_t *word0,
                                                    uint64_t *word1)
{
    uint64_t rax = number, rdx = cap;
    bool carry;

    __asm__ volatile("syscall"
                     : "=@ccc"(carry), "+a"(rax), "+d"(rdx), "=D"(*word0), "=S"(*word1)
                     :
                     : "rcx", "r11", "rbx", "rbp", "r8", "r9", "r10", "r12", "r13", "r14", "r15",
                       "memory" SYSCALL_VECTORS);
    return (struct syscall_result){.rax = rax, .rdx = rdx, .carry = carry};
}

#endif

/* Whether a result is an error, and not 0 or a RECEIVE_* kind. */
SYSCALL_INLINE bool syscall_failed(err_t result)
{
    return ERR_CODE(result) != 0;
}

/*
 * Call an endpoint with the message and wait for the answer, which replaces it; or invoke a kernel
 * object (the stubs in "libsys/invoke.h" are better for that); or answer the caller that a Reply
 * holds. RECEIVE_BUFFER: the answer goes on in the message buffer.
 */
SYSCALL_INLINE MUST_USE err_t call(cap_t cap, struct message *message)
{
    struct syscall_result result = syscall_message(SYSCALL_CALL, cap, message);
    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

/*
 * The same with the further words and the capabilities that the tag counts (TAG(label, words,
 * caps); `words` counts those in the buffer) taken from this thread's message buffer.
 */
SYSCALL_INLINE MUST_USE err_t call_buffer(cap_t cap, struct message *message)
{
    struct syscall_result result = syscall_message(SYSCALL_CALL_BUFFER, cap, message);
    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

/*
 * Answer with the message the caller that this thread serves, if there is one, and wait for the
 * next. Returns 0 for a plain call, a RECEIVE_* kind for anything else, or an error; `badge` is
 * that of the capability that was called. The number SYSCALL_REPLY_WAIT_BUFFER answers with the
 * buffer too.
 */
SYSCALL_INLINE MUST_USE err_t reply_wait_by(enum syscall number, struct message *message,
                                            uint32_t *badge)
{
    struct syscall_result result = syscall_wait(number, message);
    if (UNLIKELY(result.carry)) {
        *badge = (uint32_t)result.rdx;
        return (err_t)result.rax;
    }
    *badge = (uint32_t)result.rax;
    return 0;
}

SYSCALL_INLINE MUST_USE err_t reply_wait(struct message *message, uint32_t *badge)
{
    return reply_wait_by(SYSCALL_REPLY_WAIT, message, badge);
}

SYSCALL_INLINE MUST_USE err_t reply_wait_buffer(struct message *message, uint32_t *badge)
{
    return reply_wait_by(SYSCALL_REPLY_WAIT_BUFFER, message, badge);
}

/* Set the flags that the Notification capability's badge holds. Never blocks. */
SYSCALL_INLINE MUST_USE err_t signal_flags(cap_t notification)
{
    uint64_t word0, word1;
    struct syscall_result result = syscall_silent(SYSCALL_SIGNAL, notification, &word0, &word1);
    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

/* What a handle names. An empty slot has type OBJECT_NULL. */
struct cap_description {
    uint8_t type;      /* OBJECT_* */
    uint8_t size_bits; /* log2 of the object's bytes */
    uint16_t rights;   /* RIGHT_* bits */
    uint32_t badge;
};

SYSCALL_INLINE MUST_USE err_t inspect(cap_t cap, struct cap_description *description)
{
    uint64_t what, badge;
    struct syscall_result result = syscall_silent(SYSCALL_INSPECT, cap, &what, &badge);
    *description = (struct cap_description){
        .type = (uint8_t)what,
        .rights = (uint16_t)(what >> 8),
        .size_bits = (uint8_t)(what >> 24),
        .badge = (uint32_t)badge,
    };
    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

/*
 * Move the caller that this thread serves into an empty Reply, to be answered later by `call` on
 * it, from any thread. The next reply_wait then answers nobody.
 */
SYSCALL_INLINE MUST_USE err_t detach(cap_t reply)
{
    uint64_t word0, word1;
    struct syscall_result result = syscall_silent(SYSCALL_DETACH, reply, &word0, &word1);
    return UNLIKELY(result.carry) ? (err_t)result.rax : 0;
}

#endif
