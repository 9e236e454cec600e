/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix_spawn: the native way to start a program. The process server makes the child from the file
 * and a list that says which descriptor of ours each of the child's is. File actions that open
 * files are done here, in the parent, on numbers that are closed again afterwards.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsys/newlib/arguments.h"
#include "libsys/newlib/system.h"
#include "libsys/process_client.h"

#define NO_FILE 255

enum action_kind { ACTION_CLOSE, ACTION_DUP2, ACTION_OPEN };

/* What posix_spawn_file_actions_t and posix_spawnattr_t point to. */
struct __posix_spawn_file_actions {
    struct action *first, *last;
};

struct __posix_spawnattr {
    short flags;
    pid_t group;
    sigset_t blocked, defaults;
};

struct action {
    struct action *next;
    enum action_kind kind;
    int descriptor, from;
    int flags;
    mode_t mode;
    char path[];
};

int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
    *actions = calloc(1, sizeof(**actions));
    return *actions ? 0 : ENOMEM;
}

int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
    for (struct action *action = (*actions)->first, *next; action; action = next) {
        next = action->next;
        free(action);
    }
    free(*actions);
    *actions = NULL;
    return 0;
}

static struct action *action_add(struct __posix_spawn_file_actions *actions, enum action_kind kind,
                                 int descriptor, const char *path)
{
    struct action *action = calloc(1, sizeof(*action) + strlen(path) + 1);

    if (!action)
        return NULL;
    action->kind = kind;
    action->descriptor = descriptor;
    strcpy(action->path, path);
    if (actions->last)
        actions->last->next = action;
    else
        actions->first = action;
    actions->last = action;
    return action;
}

static bool is_descriptor(int descriptor)
{
    return descriptor >= 0 && descriptor < PROCESS_FILES_MAX;
}

int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int descriptor)
{
    if (!is_descriptor(descriptor))
        return EBADF;
    return action_add(*actions, ACTION_CLOSE, descriptor, "") ? 0 : ENOMEM;
}

int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int descriptor)
{
    if (!is_descriptor(descriptor) || !is_descriptor(from))
        return EBADF;
    struct action *action = action_add(*actions, ACTION_DUP2, descriptor, "");
    if (!action)
        return ENOMEM;
    action->from = from;
    return 0;
}

int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int descriptor,
                                     const char *path, int flags, mode_t mode)
{
    if (!is_descriptor(descriptor))
        return EBADF;
    struct action *action = action_add(*actions, ACTION_OPEN, descriptor, path);
    if (!action)
        return ENOMEM;
    action->flags = flags;
    action->mode = mode;
    return 0;
}

/* Which of ours each of the child's is; and what was opened for it. */
struct files {
    uint8_t map[PROCESS_FILES_MAX];
    uint32_t count; /* none from here on is open in the child */
    int opened[PROCESS_FILES_MAX];
    uint32_t opened_count;
};

static void files_init(struct files *files)
{
    const uint8_t *flags = process_page()->descriptor_flags;

    files->opened_count = files->count = 0;
    memset(files->map, NO_FILE, sizeof(files->map));
    for (uint32_t i = 0; i < PROCESS_FILES_MAX; i += sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, flags + i, sizeof(eight));
        for (uint32_t j = i; eight; j++, eight >>= 8)
            if ((eight & (DESCRIPTOR_OPEN | DESCRIPTOR_CLOSE_ON_EXEC)) == DESCRIPTOR_OPEN) {
                files->map[j] = (uint8_t)j;
                files->count = j + 1;
            }
    }
}

/* 0 or an errno. */
static int files_act(struct files *files, const struct action *action)
{
    int opened;

    if (files->count <= (uint32_t)action->descriptor)
        files->count = (uint32_t)action->descriptor + 1;
    switch (action->kind) {
    case ACTION_CLOSE:
        files->map[action->descriptor] = NO_FILE;
        return 0;
    case ACTION_DUP2:
        files->map[action->descriptor] = files->map[action->from] != NO_FILE
                                             ? files->map[action->from]
                                         : descriptor_check(action->from) ? (uint8_t)action->from
                                                                          : NO_FILE;
        return files->map[action->descriptor] == NO_FILE ? EBADF : 0;
    default:
        opened = open(action->path, action->flags | O_CLOEXEC, action->mode);
        if (opened < 0)
            return errno;
        if (files->opened_count == PROCESS_FILES_MAX || !is_descriptor(opened)) {
            close(opened);
            return EMFILE;
        }
        files->opened[files->opened_count++] = opened;
        files->map[action->descriptor] = (uint8_t)opened;
        return 0;
    }
}

static int files_make(struct files *files, const posix_spawn_file_actions_t *actions)
{
    int error = 0;

    files_init(files);
    for (const struct action *action = actions ? (*actions)->first : NULL; action && !error;
         action = action->next)
        error = files_act(files, action);
    return error;
}

static void files_close(struct files *files)
{
    while (files->opened_count > 0)
        close(files->opened[--files->opened_count]);
}

static uint32_t spawn_flags(const struct __posix_spawnattr *attributes)
{
    short flags = attributes ? attributes->flags : 0;

    return (flags & POSIX_SPAWN_SETPGROUP ? SPAWN_SET_GROUP : 0) |
           (flags & POSIX_SPAWN_SETSIGMASK ? SPAWN_SET_BLOCKED : 0) |
           (flags & POSIX_SPAWN_SETSIGDEF ? SPAWN_DEFAULT : 0);
}

static uint64_t spawn_signals(const struct __posix_spawnattr *attributes)
{
    if (!attributes)
        return 0;
    return (attributes->blocked & 0x7fffffff) | (attributes->defaults & 0x7fffffff) << 32;
}

static int spawn(pid_t *pid, const char *path, const struct files *files,
                 const struct __posix_spawnattr *attributes, char *const argv[], char *const envp[])
{
    uint64_t room[ARGUMENTS_ROOM_WORDS];
    struct process_arguments *arguments = arguments_make(argv, envp, room);
    int32_t made = 0;

    if (!arguments)
        return errno;
    err_t error = SYSTEM_CALL(
        process_spawn(system_process(), spawn_flags(attributes), attributes ? attributes->group : 0,
                      spawn_signals(attributes), path, files->map, files->count,
                      (uint64_t)arguments, arguments->bytes, &made));
    arguments_free(arguments, room);
    if (!error && pid)
        *pid = made;
    return system_errno(error);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    struct files files;
    int error = files_make(&files, actions);

    if (!error)
        error = spawn(pid, path, &files, attributes ? *attributes : NULL, argv, envp);
    files_close(&files);
    return error;
}

/* A name without a slash is looked for in PATH. */
int posix_spawnp(pid_t *pid, const char *name, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    const char *directories = getenv("PATH");
    int error = ENOENT;

    if (strchr(name, '/'))
        return posix_spawn(pid, name, actions, attributes, argv, envp);
    for (const char *at = directories ? directories : "/bin"; *at && error == ENOENT;) {
        size_t length = strcspn(at, ":");
        char path[PROCESS_PATH_MAX + 1];
        if (length + strlen(name) + 2 <= sizeof(path)) {
            memcpy(path, at, length);
            path[length] = '/';
            strcpy(path + length + 1, name);
            error = posix_spawn(pid, path, actions, attributes, argv, envp);
        }
        at += length + (at[length] == ':');
    }
    return error;
}

/* ---- Attributes ------------------------------------------------------------------------------ */

int posix_spawnattr_init(posix_spawnattr_t *attributes)
{
    *attributes = calloc(1, sizeof(**attributes));
    return *attributes ? 0 : ENOMEM;
}

int posix_spawnattr_destroy(posix_spawnattr_t *attributes)
{
    free(*attributes);
    *attributes = NULL;
    return 0;
}

int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags)
{
    (*attributes)->flags = flags;
    return 0;
}

int posix_spawnattr_setpgroup(posix_spawnattr_t *attributes, pid_t group)
{
    (*attributes)->group = group;
    return 0;
}

int posix_spawnattr_setsigmask(posix_spawnattr_t *attributes, const sigset_t *blocked)
{
    (*attributes)->blocked = *blocked;
    return 0;
}

int posix_spawnattr_setsigdefault(posix_spawnattr_t *attributes, const sigset_t *defaults)
{
    (*attributes)->defaults = *defaults;
    return 0;
}
