/* SPDX-License-Identifier: BSD-2-Clause */
/* See program.h. */

#include "servers/root/program.h"

#include "libsys/invoke.h"
#include "libsys/program.h"
#include "servers/root/capabilities.h"
#include "servers/root/control.h"
#include "servers/root/debug.h"
#include "servers/root/load.h"
#include "servers/root/objects.h"
#include "servers/root/root.h"

struct program programs[MANIFEST_PROGRAMS_MAX];

uint32_t program_badge(const struct program *which)
{
    return (uint32_t)(which - programs) + 1;
}

struct program *program_by_badge(uint32_t badge)
{
    return badge >= 1 && badge <= root.manifest.program_count ? &programs[badge - 1] : NULL;
}

static err_t time_configure(const struct program *made)
{
    const struct manifest_program *line = made->line;
    cap_t time = made->estate.time;

    if (!line->budget)
        return sched_context_configure(time, ROOT_CPU, line->priority, line->slice);
    return sched_context_limit(time, ROOT_CPU, line->priority, line->slice, line->budget,
                               line->period);
}

/* The thread's two spaces, its message buffer, its time, its fault endpoint, what it serves. */
static void program_configure(const struct program *made)
{
    const struct manifest_program *line = made->line;
    const struct estate *estate = &made->estate;
    cap_t thread = estate->thread;

    root_check(vspace_set_domain(estate->vspace, line->domain), "program %s: domain", line->name);
    root_check(thread_set_space(thread, estate->cnode, estate->vspace), "program %s: spaces",
               line->name);
    root_check(thread_set_buffer(thread, estate->buffer, 0), "program %s: message buffer",
               line->name);
    root_check(thread_set_fault(thread, made->fault), "program %s: fault endpoint", line->name);
    if (!line->is_passive) {
        root_check(time_configure(made), "program %s: time", line->name);
        root_check(thread_set_sched(thread, estate->time), "program %s: time", line->name);
    }
    if (line->is_bound)
        root_check(thread_set_endpoint(thread, root.object[line->serves]), "program %s: serving %s",
                   line->name, root.manifest.object[line->serves].name);
}

static void program_build(struct program *made)
{
    const struct estate *estate = &made->estate;

    estate_build(&made->estate, made->line);
    program_configure(made);
    capabilities_install(made);
    root_check(frame_map_supplied(estate->info, estate->vspace, PROGRAM_INFO_ADDRESS, 0,
                                  PROGRAM_INFO_BYTES, ACCESS_READ),
               "program %s: information page", made->line->name);
}

static void program_run(struct program *made)
{
    made->runs = true;
    made->started++;
    root_check(thread_start(made->estate.thread, made->estate.entry, PROGRAM_STACK_TOP, 0,
                            PROGRAM_INFO_ADDRESS),
               "program %s: start", made->line->name);
}

/* The capability by which its first thread's faults come here. */
static void program_declare(struct program *which, const struct manifest_program *line)
{
    uint32_t slot = root_slot();

    *which = (struct program){.line = line, .fault = CAP_OF(slot)};
    root_check(
        cnode_mint(ROOT_CNODE, slot, root.endpoint, RIGHT_ENDPOINT_CALL, program_badge(which)),
        "program %s: fault endpoint", line->name);
    estate_plan(&which->estate, line);
}

/* Memory for all programs but those on demand. */
static void programs_reserve(void)
{
    for (unsigned bits = ESTATE_BITS_MAX; bits >= ESTATE_BITS_MIN; bits--)
        for (uint32_t i = 0; i < root.manifest.program_count; i++)
            if (!programs[i].line->is_on_demand)
                root_check(estate_reserve_size(&programs[i].estate, &root.memory, bits),
                           "program %s", programs[i].line->name);
}

static bool is_supervised(void)
{
    return root.manifest.supervisor != MANIFEST_NOBODY;
}

/* Whether root starts it without being asked. */
static bool is_first(const struct program *which)
{
    return !is_supervised() || which == &programs[root.manifest.supervisor];
}

/* Memory is given out as the manifest says: programs, Untypeds, the reserve, all that is left. */
void programs_make(void)
{
    if (is_supervised() || root.manifest.debugger != MANIFEST_NOBODY)
        control_open();
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        program_declare(&programs[i], &root.manifest.program[i]);
    programs_reserve();
    objects_make_untyped();
    objects_give_memory();
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (is_first(&programs[i]))
            program_build(&programs[i]);
}

void programs_start(void)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (is_first(&programs[i]))
            program_run(&programs[i]);
}

/* When none of them runs any more, the reserve is whole again. */
static void demand_end(void)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (programs[i].line->is_on_demand && programs[i].runs)
            return;
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (programs[i].line->is_on_demand && programs[i].estate.untyped[0])
            estate_drop(&programs[i].estate);
    objects_drop_on_demand();
    root_check(memory_reset(&root.reserve), "the reserve");
}

err_t program_start_one(struct program *which)
{
    err_t error = 0;

    if (which->line->is_on_demand) {
        error = estate_reserve(&which->estate, &root.reserve);
        if (!error)
            error = objects_make_on_demand((uint32_t)(which - programs));
    }
    if (error) {
        demand_end();
        return error;
    }
    program_build(which);
    program_run(which);
    return 0;
}

static bool endpoint_is_served(uint32_t object)
{
    for (uint32_t i = 0; i < root.manifest.program_count; i++)
        if (programs[i].runs && programs[i].line->is_bound && programs[i].line->serves == object)
            return true;
    return false;
}

void program_close(struct program *which)
{
    uint32_t object = which->line->serves;

    if (which->is_closed)
        return;
    which->is_closed = true;
    if (which->line->is_bound && !endpoint_is_served(object))
        root_check(cnode_delete(ROOT_CNODE, CAP_INDEX(root.object[object])), "closing %s",
                   root.manifest.object[object].name);
}

void program_end(struct program *ended)
{
    ended->runs = false;
    debug_ended(ended);
    capabilities_revoke(ended);
    estate_revoke(&ended->estate);
    capabilities_return(ended);
    if (!is_supervised())
        program_close(ended);
    else if (ended->line->is_on_demand)
        demand_end();
}
