/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operations of the reference model have in common. */
#ifndef TESTS_HOST_HOSTED_MODEL_OPERATIONS_H
#define TESTS_HOST_HOSTED_MODEL_OPERATIONS_H

#include "kernel/cap/invoke.h"
#include "tests/host/hosted/model.h"

struct model_call {
    struct model *model;
    const struct thread *thread;
    struct model_cap *self;
    struct model_cap *cap[INVOCATION_ARGS];
    uint64_t word[MESSAGE_WORDS];
    err_t possible; /* another outcome that the model can't exclude */
};

/* The error, or 0 and `call->model` is what shall be. */
typedef err_t model_operation(struct model_call *call);

#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
    model_operation model_##name;
#include "kernel/abi/invocations.def"
#undef INVOCATION

err_t model_error(const struct model_call *call, enum error_code code, unsigned argument);

const char *model_operation_name(unsigned type, uint64_t number);

/* The place of slot `index` in the table that `cnode` names; 0 and the error where it's none. */
ref_t model_destination(const struct model_call *call, const struct model_cap *cnode,
                        uint64_t index, unsigned argument, err_t *error);

/* A new original in that place. */
struct model_cap *model_original(const struct model_call *call, const struct model_cap *parent,
                                 ref_t at, enum object_type type, unsigned size_bits);

static inline void *model_object(const struct model_cap *cap)
{
    return ref_pointer(cap->object);
}

static inline uint64_t model_slots(const struct model_cap *cnode)
{
    return 1ull << (cnode->size_bits - CAP_SHIFT);
}

#endif
