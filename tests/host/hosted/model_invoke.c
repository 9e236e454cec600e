/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of kernel objects, foretold. Which arguments are capabilities, of which type and with
 * which rights, is read from the ABI's list; each operation's own conditions are written down here
 * anew, from the list's words. What an object is bound to and where a thread stands is taken from
 * the kernel: hosted_check has found it in order.
 */
#include "tests/host/hosted/model_operations.h"

#include <string.h>

enum look { LOOK_WORD, LOOK_CAP, LOOK_OPTIONAL, LOOK_ANY };

struct argument {
    enum look look;
    unsigned type, rights;
};

static const struct known_operation {
    const char *name;
    unsigned type, number, rights;
    model_operation *run;
    struct argument argument[INVOCATION_ARGS];
} operations[] = {
#define WORD(name, doc) \
    {                   \
        LOOK_WORD, 0, 0 \
    }
#define CAP(name, TYPE, rights, doc)    \
    {                                   \
        LOOK_CAP, OBJECT_##TYPE, rights \
    }
#define OPTIONAL(name, TYPE, rights, doc)    \
    {                                        \
        LOOK_OPTIONAL, OBJECT_##TYPE, rights \
    }
#define ANY(name, doc) \
    {                  \
        LOOK_ANY, 0, 0 \
    }
#define ARGS(...)   \
    {               \
        __VA_ARGS__ \
    }
#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
    {#name, OBJECT_##OBJECT, number, rights, model_##name, args},
#include "kernel/abi/invocations.def"
#undef INVOCATION
#undef WORD
#undef CAP
#undef OPTIONAL
#undef ANY
#undef ARGS
};

static enum error_blame blame_of(enum error_code code)
{
    static const uint8_t blames[] = {
#define ERROR(code, NAME, blame, doc) [code] = BLAME_##blame,
#include "kernel/abi/errors.def"
#undef ERROR
    };
    return blames[code];
}

err_t model_error(const struct model_call *call, enum error_code code, unsigned argument)
{
    return ERR(code, argument, argument ? 0 : call->self->type, blame_of(code));
}

const char *model_operation_name(unsigned type, uint64_t number)
{
    for (unsigned i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (operations[i].type == type && operations[i].number == number)
            return operations[i].name;
    return "no operation";
}

static const struct known_operation *operation_of(unsigned type, uint64_t number)
{
    for (unsigned i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (operations[i].type == type && operations[i].number == number)
            return &operations[i];
    return NULL;
}

static err_t argument_error(enum error_code code, unsigned argument, const struct model_cap *cap)
{
    return ERR(code, argument + 1, cap ? cap->type : 0, BLAME_CALLER);
}

static err_t look_up(struct model_call *call, unsigned i, const struct argument *want)
{
    const struct thread *thread = call->thread;
    uint64_t handle = call->word[i];
    if (want->look == LOOK_WORD || (want->look == LOOK_OPTIONAL && handle == 0))
        return 0;
    if (handle % sizeof(struct slot) || handle > thread->cnode_mask)
        return argument_error(ERROR_OUT_OF_RANGE, i, NULL);
    struct model_cap *cap =
        model_at(call->model, ref_of(thread->cnode) + (ref_t)(handle >> CAP_SHIFT));
    if (cap && cap->dying)
        return argument_error(ERROR_OUT_OF_RANGE, i, NULL);
    if (!cap)
        return argument_error(ERROR_INVALID_CAPABILITY, i, NULL);
    if (want->look != LOOK_ANY && cap->type != want->type)
        return argument_error(ERROR_WRONG_TYPE, i, cap);
    if (want->rights & ~(unsigned)cap->rights)
        return argument_error(ERROR_MISSING_RIGHT, i, cap);
    call->cap[i] = cap;
    return 0;
}

err_t model_invoke(struct model *model, const struct thread *thread, const struct slot *self,
                   uint64_t number, const uint64_t *words, err_t *possible)
{
    struct model_call call = {.model = model, .thread = thread, .self = model_slot(model, self)};
    memcpy(call.word, words, sizeof call.word);
    *possible = 0;
    if (!call.self || call.self->dying)
        return ERR(ERROR_INVALID_CAPABILITY, 0, 0, BLAME_CALLER);
    const struct known_operation *operation = operation_of(call.self->type, number);
    if (!operation)
        return model_error(&call, ERROR_UNKNOWN_OPERATION, 0);
    if (operation->rights & ~(unsigned)call.self->rights)
        return model_error(&call, ERROR_MISSING_RIGHT, 0);
    for (unsigned i = 0; i < INVOCATION_ARGS; i++) {
        err_t error = look_up(&call, i, &operation->argument[i]);
        if (error)
            return error;
    }
    err_t error = operation->run(&call);
    *possible = call.possible;
    return error;
}
