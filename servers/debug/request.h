/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gdb asks for: a packet taken apart. Pure. A request that is malformed (a number missing or
 * too large, an odd digit, more or fewer bytes than announced) is REQUEST_MALFORMED; one that isn't
 * known is REQUEST_UNKNOWN, which the protocol answers with an empty packet.
 */
#ifndef SERVERS_DEBUG_REQUEST_H
#define SERVERS_DEBUG_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#define REQUEST_DATA_MAX 512u

enum request_kind {
    REQUEST_UNKNOWN,
    REQUEST_MALFORMED,
    REQUEST_WHY,             /* ? */
    REQUEST_READ_REGISTERS,  /* g */
    REQUEST_WRITE_REGISTERS, /* G: data, where `x` stands for bytes that stay */
    REQUEST_READ_REGISTER,   /* p: number */
    REQUEST_WRITE_REGISTER,  /* P: number, data */
    REQUEST_READ_MEMORY,     /* m: address, length */
    REQUEST_WRITE_MEMORY,    /* M, X: address, data */
    REQUEST_INSERT,          /* Z0: address */
    REQUEST_REMOVE,          /* z0: address */
    REQUEST_RESUME,          /* c, C, s, S, vCont: resume */
    REQUEST_RESUME_ASK,      /* vCont? */
    REQUEST_SELECT,          /* Hg: thread */
    REQUEST_SELECT_RESUMED,  /* Hc: thread */
    REQUEST_ALIVE,           /* T: thread */
    REQUEST_DETACH,          /* D */
    REQUEST_KILL,            /* k, vKill */
    REQUEST_ATTACH,          /* vAttach: number */
    REQUEST_EXTENDED,        /* ! */
    REQUEST_SUPPORTED,       /* qSupported */
    REQUEST_NO_ACK,          /* QStartNoAckMode */
    REQUEST_CURRENT,         /* qC */
    REQUEST_ATTACHED,        /* qAttached */
    REQUEST_OFFSETS,         /* qOffsets */
    REQUEST_THREADS,         /* qfThreadInfo */
    REQUEST_THREADS_MORE,    /* qsThreadInfo */
    REQUEST_THREAD_INFO,     /* qThreadExtraInfo: thread */
    REQUEST_DESCRIPTION,     /* qXfer:features:read:target.xml: address, length */
    REQUEST_PROCESSES,       /* qXfer:osdata:read:processes: address, length */
    REQUEST_MONITOR,         /* qRcmd: data, a text */
};

/* Threads are numbered from 1 on; 0: any; -1: all. */
struct request_resume {
    int64_t thread;   /* the one with an action of its own; 0: whichever is selected */
    bool is_step;     /* that one executes one instruction */
    bool is_alone;    /* the others stay where they are */
    uint8_t signal;   /* gdb's number, for that one; 0: none */
    bool has_address; /* c, s: it goes on there */
    uint64_t address;
};

struct gdb_request {
    enum request_kind kind;
    uint64_t address, length, number;
    int64_t thread;
    struct request_resume resume;
    uint32_t data_size;
    uint8_t data[REQUEST_DATA_MAX + 1]; /* with a NUL behind it */
    uint8_t unknown[REQUEST_DATA_MAX];  /* 1: a byte that was given as `xx` */
};

/* `packet` has `size` bytes, and a NUL behind them. */
void request_read(const char *packet, uint32_t size, struct gdb_request *request);

#endif
