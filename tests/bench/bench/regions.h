/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A number for each operation that is measured: its place among the samples and the id of its marks
 * (libsys/marker.h). The names, and what is said of them, are in main.c. Also for assembler.
 */
#ifndef TESTS_BENCH_BENCH_REGIONS_H
#define TESTS_BENCH_BENCH_REGIONS_H

#define REGION_NULL 1
#define REGION_INTER_0W 2
#define REGION_INTER_4W 3
#define REGION_INTER_8W 4
#define REGION_INTER_10W 5
#define REGION_INTER_16W 6
#define REGION_INTER_64W 7
#define REGION_INTER_8W_C 8
#define REGION_INTRA_0W 9
#define REGION_INTRA_4W 10
#define REGION_INTRA_8W 11
#define REGION_INTRA_10W 12
#define REGION_INTRA_64W 13
#define REGION_VECTORS 14
#define REGION_CAP1 15
#define REGION_CAP4 16
#define REGION_OWN1 17
#define REGION_CALLERS 18
#define REGION_DEEP3 19
#define REGION_SIGNAL_IDLE 20
#define REGION_SIGNAL_WAKE 21
#define REGION_FAULT 22
#define REGION_IRQ_DELIVER 23
#define REGION_IRQ_ACK 24
#define REGION_SWITCH 25
#define REGION_THREAD_CREATE 26
#define REGION_THREAD_DESTROY 27
#define REGION_MAP_1 28
#define REGION_PROTECT_1 29
#define REGION_UNMAP_1 30
#define REGION_MAP_1024 31
#define REGION_PROTECT_1024 32
#define REGION_UNMAP_1024 33
#define REGION_RETYPE 34
#define REGION_COPY 35
#define REGION_MINT 36
#define REGION_MOVE 37
#define REGION_DELETE 38
#define REGION_REVOKE_1 39
#define REGION_REVOKE_100 40
#define REGION_REVOKE_10000 41
#define REGION_INTER_DEADLINE 42
#define REGION_SWITCH_2 43
#define REGION_SWITCH_10000 44
#define REGION_PREEMPT 45
#define REGION_DEPLETE 46
#define REGION_RPC_NULL 47
#define REGION_RPC_HAND 48
#define REGION_RPC_4K 49
#define REGION_RPC_8K 50
#define REGION_RPC_4K_SESSION 51
#define REGION_SIZE_TEXT 52 /* from here on nothing has marks */
#define REGION_SIZE_RESIDENT 53
#define REGION_SIZE_THREAD 54
#define REGION_SIZE_SCHED 55
#define REGION_BOOT 56
#define REGION_COUNT 57

#endif
