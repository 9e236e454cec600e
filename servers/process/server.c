/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things that all files use. See server.h. */

#include "servers/process/server.h"

#include "libsys/invoke.h"
#include "libsys/memory_protocol.h"
#include "libsys/process_protocol.h"
#include "libsys/program.h"
#include "libsys/time.h"
#include "libsys/vfs_protocol.h"

struct server own;

void slot_empty(cap_t cap)
{
    if (cnode_delete(own.cnode, CAP_INDEX(cap)))
        __builtin_trap(); /* a slot of one's own table */
}

err_t error_of_server(err_t error)
{
    switch (error) {
    case VFS_ERROR_NOT_A_DIRECTORY:
    case VFS_ERROR_LOOP:
    case VFS_ERROR_NAME_TOO_LONG:
    case VFS_ERROR_NO_DEVICE:
        return RPC_NOT_FOUND;
    case VFS_ERROR_BAD_DESCRIPTOR:
        return RPC_BAD_HANDLE;
    case MEMORY_ERROR_NOT_MAPPED: /* the caller's arguments */
        return RPC_OUT_OF_RANGE;
    case VFS_ERROR_IS_A_DIRECTORY:
        return RPC_DENIED;
    case RPC_FULL:
        return RPC_NO_MEMORY;
    default:
        return error;
    }
}

uint64_t clock_now(void)
{
    const struct time_info *time = &program_info()->time;
    uint64_t now = 0;

    if (time_now(time, own.clock_time, &now))
        now = time_to_nanoseconds(time, time_ticks() - time->entry);
    return now;
}

/* ---- Random numbers -------------------------------------------------------------------------- */

/*
 * SipHash-1-3 (Aumasson, Bernstein, 2012) of a counter and the clock, with a key that nobody sees:
 * who knows some of the numbers knows nothing of the others.
 */
static uint64_t key[2], counter;

static inline uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t sip_hash(uint64_t word)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
                     key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};

    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (unsigned i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t random_word(void)
{
    return sip_hash(counter++ ^ time_ticks() << 20);
}

static bool has_rdrand(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ecx & 1u << 30;
}

static uint64_t machine_word(void)
{
    uint64_t word = 0;

    if (has_rdrand())
        __asm__ volatile("rdrand %0" : "=r"(word) : : "cc");
    return word ^ time_ticks() * 0x9e3779b97f4a7c15ull;
}

void random_begin(void)
{
    for (unsigned i = 0; i < 64; i++) {
        key[i % 2] = sip_hash(machine_word());
        counter ^= key[i % 2] >> 7;
    }
}
