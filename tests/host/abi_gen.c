/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/abi-gen: every mistake in the lists is found, with its file and line, and nothing is
 * written. Each case spoils a copy of the lists by one `sed` expression.
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "build/abi-gen-XXXXXX";
static int failures;

static void report(const char *name, int good, const char *why)
{
    if (good)
        printf("ok abi-gen: %s\n", name);
    else
        printf("not ok abi-gen: %s: %s\n", name, why);
    failures += !good;
}

/* The status of a shell command, its first line of output in `line`. */
static int run(const char *command, char line[256])
{
    FILE *pipe = popen(command, "r");
    line[0] = 0;
    if (!pipe)
        return -1;
    if (fgets(line, 256, pipe))
        line[strcspn(line, "\n")] = 0;
    while (fgetc(pipe) != EOF)
        ;
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_spoilt(const char *list, const char *expression, char line[256])
{
    char command[1024];

    snprintf(
        command, sizeof(command),
        "tool=$PWD/tools/abi-gen; rm -rf %s/*; mkdir %s/kernel && cp -r kernel/abi %s/kernel && "
        "cd %s && sed -i '%s' kernel/abi/%s.def && { \"$tool\" out 2>&1; status=$?; "
        "[ $status = 0 ] || [ ! -e out ] || echo wrote; exit $status; }",
        directory, directory, directory, directory, expression, list);
    return run(command, line);
}

/* The output begins with the file and a line's number, and goes on with the text. */
static void expect_mistake(const char *name, const char *list, const char *expression,
                           const char *text)
{
    char line[256], file[64];
    int status = run_spoilt(list, expression, line);
    unsigned number = 0;
    int end = 0;

    snprintf(file, sizeof(file), "kernel/abi/%s.def:", list);
    int good = status == 1 && strncmp(line, file, strlen(file)) == 0 &&
               sscanf(line + strlen(file), "%u: %n", &number, &end) == 1 && number > 1 &&
               strcmp(line + strlen(file) + end, text) == 0;
    report(name, good, line);
}

int main(void)
{
    char line[256];

    if (!mkdtemp(directory))
        return 1;
    report("the lists as they are", run_spoilt("errors", "", line) == 0, line);

    expect_mistake("number", "errors", "s/^ERROR(3,/ERROR(4,/", "the next error has number 3");
    expect_mistake("blame", "errors", "s/NO_MEMORY, RESOURCE/NO_MEMORY, NOBODY/",
                   "unknown blame 'NOBODY'");
    expect_mistake("missing argument", "errors", "s/NO_MEMORY, RESOURCE/NO_MEMORY/",
                   "ERROR takes 4 arguments, not 3");
    expect_mistake("no doc", "errors", "s/\"the slot is empty\"/\"\"/",
                   "the doc text is empty or has spaces around it");
    expect_mistake("twice", "errors", "s/OCCUPIED/MISALIGNED/", "ERROR MISALIGNED is there twice");
    expect_mistake("parenthesis", "errors", "s/^ERROR(3, MISSING_RIGHT,/ERROR 3, MISSING_RIGHT,/",
                   "expected '(', found '3'");
    expect_mistake("character", "errors", "s/^ERROR(3,/ERROR(3;/",
                   "unexpected '; MISSING_RIGHT, CAL'");

    expect_mistake("bit", "objects", "s/RIGHT(FRAME, WRITE, 2/RIGHT(FRAME, WRITE, 1/",
                   "READ has the same bit");
    expect_mistake("several bits", "objects", "s/RIGHT(FRAME, WRITE, 2/RIGHT(FRAME, WRITE, 3/",
                   "3 is not one bit of eight");
    expect_mistake("right of nothing", "objects", "s/RIGHT(FRAME, WRITE/RIGHT(FRUME, WRITE/",
                   "RIGHT of an unknown object 'FRUME'");
    expect_mistake("names", "objects", "s/FRAME, frame/FRAME, frume/",
                   "'frume' is not 'FRAME' in lower case");

    expect_mistake("system call", "syscalls", "s/SYSCALL(1,/SYSCALL(7,/",
                   "the next system call has number 1");

    expect_mistake("object", "invocations", "s/^INVOCATION(FRAME, 0/INVOCATION(FRUME, 0/",
                   "unknown object 'FRUME'");
    expect_mistake("operation", "invocations", "s/^INVOCATION(FRAME, 1/INVOCATION(FRAME, 5/",
                   "the next operation of FRAME has number 1");
    expect_mistake("rights", "invocations", "s/CAP(vspace, VSPACE, 1/CAP(vspace, VSPACE, 8/",
                   "VSPACE has no right 0x8");
    expect_mistake("error", "invocations", "s/ERRORS(NOT_DERIVABLE,/ERRORS(UNDERIVABLE,/",
                   "unknown error 'UNDERIVABLE'");
    expect_mistake("argument", "invocations", "s/ARGS(CAP(vspace,/ARGS(CUP(vspace,/",
                   "an argument is WORD, CAP, OPTIONAL or ANY");
    expect_mistake("two of a name", "invocations", "s/WORD(offset,/WORD(length,/",
                   "two arguments or results are named 'length'");
    expect_mistake("a word of C", "invocations", "s/WORD(offset,/WORD(while,/",
                   "'while' is not a usable lower-case name");

    snprintf(line, sizeof(line), "rm -rf %s", directory);
    if (system(line) != 0)
        return 1;
    return failures != 0;
}
