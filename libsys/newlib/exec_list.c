/* SPDX-License-Identifier: BSD-2-Clause */
/* exec with the arguments one by one. */

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

/* How many arguments there are with the first, up to the null pointer. */
static size_t list_count(va_list arguments)
{
    size_t count = 1;

    while (va_arg(arguments, char *))
        count++;
    return count;
}

/* An array of them; what follows the null pointer is left to be read. A null pointer: ENOMEM. */
static char **list_make(const char *first, size_t count, va_list arguments)
{
    char **argv = malloc((count + 1) * sizeof(char *));

    if (!argv)
        return NULL;
    argv[0] = (char *)(uintptr_t)first;
    for (size_t i = 1; i <= count; i++)
        argv[i] = va_arg(arguments, char *);
    return argv;
}

static char **list_of(const char *first, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    size_t count = list_count(again);
    va_end(again);
    return list_make(first, count, arguments);
}

int execl(const char *path, const char *first, ...)
{
    va_list arguments;

    va_start(arguments, first);
    char **argv = list_of(first, arguments);
    va_end(arguments);
    if (argv)
        execv(path, argv);
    free(argv);
    return -1;
}

int execlp(const char *name, const char *first, ...)
{
    va_list arguments;

    va_start(arguments, first);
    char **argv = list_of(first, arguments);
    va_end(arguments);
    if (argv)
        execvp(name, argv);
    free(argv);
    return -1;
}

/* The environment follows the null pointer. */
int execle(const char *path, const char *first, ...)
{
    va_list arguments, again;

    va_start(arguments, first);
    va_copy(again, arguments);
    size_t count = list_count(again);
    va_end(again);
    char **argv = list_make(first, count, arguments);
    char **envp = va_arg(arguments, char **);
    va_end(arguments);
    if (argv)
        execve(path, argv, envp);
    free(argv);
    return -1;
}
