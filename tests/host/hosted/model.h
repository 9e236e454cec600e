/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reference model of capabilities: what each slot holds, what derives from what, what is mapped
 * where. It knows no lists, flags or steps: a capability has a parent, and what shall happen is
 * written down as a set of those that go. An operation is foretold from the state before; then
 * the kernel executes it, and the state after must be the one foretold, or on the way to it.
 */
#ifndef TESTS_HOST_HOSTED_MODEL_H
#define TESTS_HOST_HOSTED_MODEL_H

#include "tests/host/hosted/check.h"

enum fate {
    FATE_STAYS,
    FATE_GOES,
    FATE_MAY_GO, /* somebody else's destruction, which whoever destroys may end */
    FATE_COMES,
};

struct model_cap {
    ref_t at, parent, object;
    uint8_t type, rights, size_bits, fate;
    bool original, device, dying;
    bool any_object; /* what it names isn't foretold */
    bool unsure;     /* whether it's still mapped isn't */
    uint32_t badge;
    ref_t owner; /* of a binding: the object it is in; else 0 */
    uint32_t role;
    uint64_t used; /* Untyped */
    uint32_t depth;
    uint64_t frame_page, map_page, low, high; /* Frame */
    ref_t vspace;                             /* Frame, Tables: 0: not mapped */
};

#define MODEL_SPACES 64

struct model_space {
    ref_t vspace;
    struct translations must; /* what must still be there */
};

struct model {
    unsigned count, space_count;
    unsigned sorted; /* those that were read; behind them, those that come */
    struct model_cap cap[CAPS_MAX];
    struct model_space space[MODEL_SPACES];
    /* Where a range of pages may be in the middle of a change: see model_compare. */
    ref_t changing;
    uint64_t first, pages;
};

/* The kernel's state, as hosted_check has just found it. */
void model_read(struct model *model);
void model_copy(struct model *to, const struct model *from);

/* The capability in a slot; null: empty. */
struct model_cap *model_at(struct model *model, ref_t at);
struct model_cap *model_slot(struct model *model, const struct slot *slot);

/* What an operation does. */
struct model_cap *model_derive(struct model *model, const struct model_cap *from, ref_t at);
void model_delete(struct model *model, struct model_cap *cap);
void model_revoke(struct model *model, struct model_cap *cap);
void model_move(struct model *model, struct model_cap *cap, ref_t to);
/* A binding in `owner` ends, if there is one. */
void model_unbind(struct model *model, ref_t owner, enum binding_role role);
void model_bind(struct model *model, const struct model_cap *from, const struct slot *slot,
                const void *owner, enum binding_role role);
/* Pages of a space: set flags of those that map what `physical` says; 0: unmap. */
void model_change_pages(struct model *model, ref_t vspace, struct translation range,
                        uint64_t flags);
void model_add_pages(struct model *model, ref_t vspace, struct translation range);
struct translations *model_pages(struct model *model, ref_t vspace);

/* All that is being destroyed may be gone afterwards. */
void model_others_may_end(struct model *model);

/* Whether `after` is what was foretold; if `partly`, on the way there. Ends the program if not. */
void model_compare(struct model *foretold, struct model *after, bool partly);

/*
 * What invoking `self` with this operation and these words returns and does, in `model`, which is
 * the state before. `*possible` is another error that's as good, or 0.
 */
err_t model_invoke(struct model *model, const struct thread *thread, const struct slot *self,
                   uint64_t operation, const uint64_t *words, err_t *possible);

#endif
