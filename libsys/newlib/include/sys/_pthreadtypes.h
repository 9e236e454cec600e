/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of <pthread.h>. */
#ifndef _SYS__PTHREADTYPES_H
#define _SYS__PTHREADTYPES_H

#include <stddef.h>

typedef struct thread *pthread_t;
typedef unsigned pthread_key_t;

typedef struct {
    size_t stack_bytes; /* 0: the default */
    int detached;
} pthread_attr_t;

typedef struct {
    unsigned taken, kind, depth;
    pthread_t owner;
} pthread_mutex_t;

typedef struct {
    int kind;
} pthread_mutexattr_t;

typedef struct {
    unsigned lock, turn; /* `turn` counts signals; who waits sees that it has changed */
} pthread_cond_t;

typedef struct {
    int unused;
} pthread_condattr_t;

typedef struct {
    unsigned state;
} pthread_once_t;

#endif
