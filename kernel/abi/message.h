/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message is: eight words and a tag in registers, and for the *_BUFFER system calls up to
 * 64 further words and 4 capabilities in the thread's message buffer.
 */
#ifndef KERNEL_ABI_MESSAGE_H
#define KERNEL_ABI_MESSAGE_H

#include "kernel/abi/types.h"

#define MESSAGE_WORDS 8
#define MESSAGE_BUFFER_WORDS 64
#define MESSAGE_CAPS 4

/*
 * The tag. The kernel passes it on untouched; only for *_BUFFER calls does it read the two counts,
 * and only when a receiver is told of a buffer (RECEIVE_BUFFER) are they true. The label is the
 * sender's.
 */
#define TAG(label, words, caps) (((uint64_t)(label) << 12) | ((uint64_t)(caps) << 8) | (words))
#define TAG_WORDS(tag) ((unsigned)(tag)&0x7f)
#define TAG_CAPS(tag) (((unsigned)(tag) >> 8) & 7)
#define TAG_LABEL(tag) ((tag) >> 12)

/*
 * What rax says when CF is set and its low byte is 0: how to read what was received. It comes from
 * the kernel and can't be forged. The badge is then in rdx.
 */
#define RECEIVE_BUFFER 0x100       /* further words or capabilities lie in the message buffer */
#define RECEIVE_NOTIFICATION 0x200 /* word 0: flags; nobody waits for an answer */
#define RECEIVE_FAULT 0x300 /* enum fault in the tag's label; the answer resumes the thread */

/* An error word: never 0, low byte never 0. */
#define ERR(code, argument, type, blame) \
    ((err_t)(code) | (err_t)(argument) << 8 | (err_t)(type) << 16 | (err_t)(blame) << 24)
#define ERR_CODE(err) ((err)&0xff)
#define ERR_ARGUMENT(err) (((err) >> 8) & 0xff)
#define ERR_TYPE(err) (((err) >> 16) & 0xff)
#define ERR_BLAME(err) (((err) >> 24) & 0xff)

/* Labels of a fault message. Words: 0 ip, 1 address (page fault) or vector, 2 error code of the
 * processor (page fault: FAULT_* bits) or the system call's number, 3 sp, 4 rflags. */
enum fault {
    FAULT_PAGE = 1,
    FAULT_EXCEPTION = 2,
    FAULT_SYSCALL = 3,
};
#define FAULT_PRESENT 1 /* the page was there: the access was not allowed */
#define FAULT_WRITE 2
#define FAULT_FETCH 16

/*
 * The message buffer: 1 KiB of a RAM Frame, aligned to 1 KiB. The kernel reads and writes it by its
 * own mapping. `words` are words 8.. of the message. On a call `caps` are handles of what to send;
 * `receive` names empty slots for what may come (0: refuse). After a receive, caps[i] is the
 * handle where the i-th capability went, or CAP_OWN with the badge in own_badge[i] when it was a
 * capability of the very endpoint that the receiver is bound to: it's recognised, not transferred.
 */
struct message_buffer {
    uint64_t words[MESSAGE_BUFFER_WORDS];
    uint32_t caps[MESSAGE_CAPS];
    uint32_t receive[MESSAGE_CAPS];
    uint32_t own_badge[MESSAGE_CAPS];
    uint32_t reserved[116];
};
#define CAP_OWN 0xffffffffu
_Static_assert(sizeof(struct message_buffer) == 1024, "one KiB");

#endif
