/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process is made of: kernel objects, process page, space, session at the vfs, table. Each
 * step may fail; build_undo takes away what there is, in every state.
 */
#ifndef PROCESS_BUILD_H
#define PROCESS_BUILD_H

#include "servers/process/server.h"

/* As table_take, with the slots that it takes. */
struct process *build_take(const struct process *parent);

/* Kernel objects, and a cleared page. */
MUST_USE err_t build_objects(struct process *process, uint32_t table_bits);

/* What the space of the process server's making is entered in: slots 1 to 8. */
MUST_USE err_t build_table(const struct process *process);
/* Its user has changed: another namespace is in its table. */
void build_name(const struct process *process);

/* The page, visible to the process. `page_slot` is mapped in the VSpace `vspace`. */
MUST_USE err_t build_map_page(const struct process *process, cap_t vspace);
/* Before that: in this space, with a program there, it won't fail for want of memory. */
MUST_USE err_t build_reserve_page(uint64_t space, cap_t vspace, uint64_t image_low);

/* Words of the page that tell the process who it is. */
void build_page(const struct process *process);
/* Those that change: group, session, parent, user, terminal. */
void build_page_refresh(const struct process *process);
/* It goes on as another user, everywhere where that matters. */
MUST_USE err_t build_user(struct process *process, uint32_t user, uint32_t group);

/* The first thread, ready to be started: space, fault endpoint, buffer, time. */
MUST_USE err_t build_thread(const struct process *process);
MUST_USE err_t build_time(const struct process *process, const struct thread *thread);

/* An empty space that the record was left with, in which its page is mapped; 0: none. */
uint64_t build_take_spare(struct process *process);
void build_give_spare(struct process *process, uint64_t spare);

/* Memory, objects, session: all but the record goes. Threads stop at once. */
void build_undo(struct process *process);

/* Copies of a descriptor's capability out of another process's table. */
MUST_USE err_t build_file(const struct process *process, uint32_t descriptor,
                          const struct process *from, uint32_t from_descriptor);

#define TABLE_BITS_FIRST 6 /* 64 slots */
#define TABLE_BITS_MAX 10  /* 1024 */

#endif
