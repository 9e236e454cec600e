/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the small servers share. */
#ifndef TESTS_GUEST_SERVICES_SERVICES_H
#define TESTS_GUEST_SERVICES_SERVICES_H

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "libsys/rpc_client.h"
#include "libsys/rpc_error.h"
#include "libsys/slots.h"

/* A result: "ok services: NAME", or a failure, which is counted. */
void expect(const char *name, bool good);

/* A call's result, an error word or 0. */
void expect_error(const char *name, err_t error, err_t expected);

/* A capability by its name in the manifest, for stubs that need the message buffer. */
struct rpc_client client_of(const char *cap_name);

/* An empty slot, as a handle; and one with a capability of `signals` that sets these flags. */
cap_t slot_new(void);
cap_t signal_new(uint32_t flags);

/* Delete what is there, and give the slot back. */
void cap_drop(cap_t cap);

/* Flags of `signals` that were set within so many milliseconds: returns once there are any. */
uint64_t signals_wait(uint64_t milliseconds);

/* What is set at the moment. */
uint64_t signals_now(void);

uint64_t now(void);

/* The TSC value so many milliseconds from now, for a deadline. */
uint64_t time_ticks_in(uint64_t milliseconds);

void test_log(void);
void test_timer(void);
void test_name(void);
void test_clock(void);
void test_entropy(void);
void test_serial(void);
void test_hostile(void);

#endif
