/* SPDX-License-Identifier: BSD-2-Clause */
/* See test.h. */

#include "tests/guest/kernel/test.h"

#include "libsys/format.h"
#include "libsys/names.h"
#include "libsys/print.h"
#include "libsys/program.h"
#include "libsys/string.h"
#include "tests/guest/kernel/memory.h"
#include "tests/guest/kernel/runner.h"

#define REASON_MAX 200

struct context {
    uint64_t registers[8];
};

__attribute__((returns_twice)) int context_save(struct context *context);
_Noreturn void context_restore(struct context *context);

unsigned test_failures, test_passes, test_skips;

/* How a case is going, or went. */
struct outcome {
    enum { RUNNING, FAILED, SKIPPED } state; /* one that ends while it runs has passed */
    char reason[REASON_MAX];
};

static struct outcome now;
static struct context way_out; /* where a case ends that goes no further */

static const char *base_name(const char *path)
{
    const char *name = path;

    for (; *path; path++)
        if (*path == '/')
            name = path + 1;
    return name;
}

/* Text into now.reason, from `length` on. */
static void reason_put(void *context, char c)
{
    size_t *length = context;

    if (*length + 1 < REASON_MAX) {
        now.reason[(*length)++] = c;
        now.reason[*length] = 0;
    }
}

_Noreturn void test_fail(const char *file, unsigned line, const char *format, ...)
{
    va_list arguments;

    if (now.state != FAILED) { /* the first reason counts */
        size_t length = format_buffer(now.reason, REASON_MAX, "%s:%u: ", base_name(file), line);
        va_start(arguments, format);
        format_to(reason_put, &length, format, arguments);
        va_end(arguments);
    }
    now.state = FAILED;
    context_restore(&way_out);
}

_Noreturn void test_skip(const char *reason)
{
    now.state = SKIPPED;
    format_buffer(now.reason, REASON_MAX, "%s", reason);
    context_restore(&way_out);
}

err_t test_error_word(enum error_code code, unsigned argument, unsigned type)
{
    static const uint8_t blames[ERROR_COUNT] = {
#define ERROR(code, NAME, blame, doc) [code] = BLAME_##blame,
#include "kernel/abi/errors.def"
#undef ERROR
    };

    return code ? ERR(code, argument, type, blames[code]) : 0;
}

void test_error(const char *file, unsigned line, const char *what, err_t result,
                enum error_code code, unsigned argument, unsigned type)
{
    coverage_note_code(ERR_CODE(result));
    if (result == test_error_word(code, argument, type))
        return;
    /* An operation that refuses an argument of the right type needn't say which that is. */
    if (argument && result == test_error_word(code, argument, OBJECT_NOTHING) &&
        code != ERROR_WRONG_TYPE)
        return;
    test_fail(file, line, "%s: %s, argument %u, %s, blame %u; expected %s, argument %u, %s", what,
              error_name(result), ERR_ARGUMENT(result), object_name(ERR_TYPE(result)),
              ERR_BLAME(result), error_name((err_t)code), argument, object_name(type));
}

void test_result(const char *file, unsigned line, enum operation_index operation, err_t result,
                 enum error_code code, unsigned argument, unsigned type)
{
    coverage_note(operation, result);
    test_error(file, line, operations[operation].name, result, code, argument, type);
}

void test_line(const char *name, bool good, const char *why)
{
    if (good) {
        test_passes++;
        print("ok kernel: coverage.%s\n", name);
    } else {
        test_failures++;
        print("not ok kernel: coverage.%s: %s\n", name, why);
    }
}

const char *test_argument(const char *word)
{
    const char *text = program_text(program_info()->arguments);

    for (; *text; text++) {
        const char *here = text, *rest = word;
        while (*rest && *here == *rest)
            here++, rest++;
        if (!*rest && *here == ' ')
            return here + 1;
    }
    return NULL;
}

uint64_t test_number(const char *word, uint64_t otherwise)
{
    const char *text = test_argument(word);
    uint64_t number = 0;

    if (!text)
        return otherwise;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

/* Run a piece of a case; what goes wrong in it ends it. */
static void guarded(void (*run)(void))
{
    if (!context_save(&way_out))
        run();
}

static void print_outcome(const struct outcome *outcome, const char *group, const char *name)
{
    switch (outcome->state) {
    case FAILED:
        test_failures++;
        print("not ok kernel: %s.%s: %s\n", group, name, outcome->reason);
        break;
    case SKIPPED:
        test_skips++;
        print("skip kernel: %s.%s: %s\n", group, name, outcome->reason);
        break;
    default:
        test_passes++;
        print("ok kernel: %s.%s\n", group, name);
    }
}

void test_run(const char *group, const struct test *test)
{
    now.state = RUNNING;
    guarded(runner_begin);
    if (now.state == RUNNING)
        guarded(test->run);
    struct outcome outcome = now;
    now.state = RUNNING;
    guarded(runner_end);
    if (now.state == FAILED && outcome.state == FAILED)
        print("kernel: and it left something behind: %s\n", now.reason);
    print_outcome(now.state == FAILED && outcome.state != FAILED ? &now : &outcome, group,
                  test->name);
}

bool test_run_alone(const struct test *test)
{
    now.state = RUNNING;
    guarded(test->run);
    if (now.state != RUNNING)
        print_outcome(&now, "kernel", test->name);
    return now.state == RUNNING;
}

void test_run_group(const struct test_group *group)
{
    for (unsigned i = 0; i < group->count; i++)
        test_run(group->name, &group->tests[i]);
}
