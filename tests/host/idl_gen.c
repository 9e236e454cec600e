/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/idl-gen: every mistake in an interface file is found, with its file and line. Each case is
 * a file that has a good beginning and goes on wrong.
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD                                    \
    "# SPDX-License-Identifier: BSD-2-Clause\n" \
    "# For a test.\n"                           \
    "interface test 200\n"
#define CALL HEAD "call 1 one # a call\n"

static char directory[] = "build/idl-gen-XXXXXX";
static int failures;

static const struct {
    const char *text;     /* of the file */
    const char *expected; /* LINE: what is wrong */
} cases[] = {
    /* The head. */
    {"", "1: the line `interface NAME NUMBER` is missing"},
    {"# No licence needed here.\ncall 1 one # a call\n",
     "2: the first line must be `interface NAME NUMBER`"},
    {"interface test 200\n", "1: the head comment is missing that says what it is for"},
    {HEAD "interface again 201\n", "4: a second `interface`; a file has one"},
    {"# A test.\ninterface Test 200\n", "2: the interface's name must be in lower case: 'Test'"},
    {"# A test.\ninterface other 200\n", "2: the file's name says `test`"},
    {"# A test.\ninterface test 256\n", "2: an interface's number is 1 to 255"},
    {"# A test.\ninterface test 0\n", "2: an interface's number is 1 to 255"},
    {"# A test.\ninterface test 250\n", "2: libsys/echo.idl has the number 250 too"},
    {"# A test.\ninterface test\n", "2: the interface's number is missing"},
    {"# A test.\ninterface test 200 more\n", "2: what does 'more' mean here?"},

    /* Lines. */
    {HEAD "u32 field # what\n",
     "4: 'u32' begins no line; one begins with interface, constant, error, event, struct, end, "
     "call, in, out, errors, or in a struct with a type"},
    {HEAD "call 1 one\n", "4: a comment is missing that says what this is"},
    {HEAD "in u32 number # what\n", "4: an argument belongs below a call"},
    {HEAD "errors NO_MEMORY\n", "4: `errors` belongs below a call"},
    {HEAD "end\n", "4: `end` without a struct"},

    /* Constants, errors, events. */
    {HEAD "constant lower 1 # what\n", "4: the constant's name must be in upper case: 'lower'"},
    {HEAD "constant A 1 # what\nconstant A 2 # what\n", "5: A is there twice"},
    {HEAD "constant A ten # what\n", "4: its value must be a number or a constant above: 'ten'"},
    {HEAD "constant A 1 << 64 # what\n", "4: a constant has 64 bits"},
    {HEAD "error 31 A # what\n", "4: an error's code is 32 to 254"},
    {HEAD "error 255 A # what\n", "4: an error's code is 32 to 254"},
    {HEAD "error 32 A # what\nerror 32 B # what\n", "5: code 32 is there twice"},
    {HEAD "error 32 NO_MEMORY # what\n", "4: NO_MEMORY is a common error; just list it"},
    {HEAD "event 32 A # what\n", "4: a flag's bit is 0 to 31"},

    /* Structs. */
    {HEAD "struct test_a # what\nu32 a # what\nu64 b # what\nend\n",
     "6: b would lie at byte 4: not a multiple of its size, 8"},
    {HEAD "struct test_a # what\nu32 a # what\nend\n",
     "6: struct test_a has 4 bytes: fill it up to a multiple of 8"},
    {HEAD "struct test_a # what\nend\n", "5: struct test_a has no field"},
    {HEAD "struct test_a # what\nu64 a # what\n", "5: `end` of struct test_a is missing"},
    {HEAD "struct test_a # what\nu64 a # what\nu64 a # what\nend\n",
     "6: struct test_a has two fields a"},
    {HEAD "struct test_a # what\nstring a # what\nend\n",
     "5: a field's type is u8, u16, u32, u64, i32, i64"},
    {HEAD "struct a # what\nu64 a # what\nend\n",
     "4: a struct's name begins with the interface's: test_a"},

    /* Calls. */
    {HEAD "call 0 one # what\n", "4: a call's number is 1 to 255"},
    {HEAD "call 256 one # what\n", "4: a call's number is 1 to 255"},
    {CALL "call 1 two # what\n", "5: one has the number 1 too"},
    {CALL "call 2 one # what\n", "5: call one is there twice"},
    {CALL "errors NO_LUCK\n", "5: there is no error NO_LUCK"},
    {CALL "errors NO_MEMORY NO_MEMORY\n", "5: NO_MEMORY is listed twice"},
    {CALL "in u32 a # what\nout u32 a # what\n", "4: call one has two arguments a"},
    {CALL "in cap a VSPACE # what\nerrors NO_MEMORY\n",
     "4: call one takes a capability: BAD_HANDLE is missing in its errors"},
    {CALL "in bytes a 385 # what\n",
     "4: call one takes bytes by the window: TOO_LARGE is missing in its errors"},
    {CALL "in bytes a 10 # what\nin u32 a_size # what\n", "4: call one has two arguments a_size"},

    /* Arguments. */
    {CALL "in word a # what\n",
     "5: there is no type 'word': it is u8, u16, u32, u64, i32, i64, bool, string, bytes, struct, "
     "cap or handle"},
    {CALL "in u32 # what\n", "5: the argument's name is missing"},
    {CALL "in u32 while # what\n",
     "5: 'while' can't be the argument's name: C or the generated code uses it"},
    {CALL "in u32 msg # what\n",
     "5: 'msg' can't be the argument's name: C or the generated code uses it"},
    {CALL "in u32 a 10 # what\n", "5: the highest value is missing"},
    {CALL "in u32 a 10 9 # what\n", "5: the range is empty"},
    {CALL "in i32 a 0 9 # what\n", "5: ranges are for unsigned types"},
    {CALL "out u32 a 0 9 # what\n", "5: what does '0 9' mean here?"},
    {CALL "in string a # what\n", "5: the most bytes that it may have is missing"},
    {CALL "in string a 512 # what\n", "5: a string has 1 to 511 bytes"},
    {CALL "out string a 10 # what\n", "5: a string goes in only; let text come out as bytes"},
    {CALL "in bytes a 0 # what\n", "5: bytes are 1 to 2147483647"},
    {CALL "in struct test_a a # what\n", "5: there is no struct test_a above"},
    {CALL "in cap a THING # what\n", "5: there is no object THING"},
    {CALL "in cap a NULL # what\n", "5: there is no object NULL"},
    {CALL "out handle a # what\n", "5: a handle goes in only; it comes out as `cap NAME ENDPOINT`"},

    /* What a message can hold. */
    {CALL "in string a 300 # what\nin string b 300 # what\n",
     "4: the request takes up to 76 words of the message buffer's 64"},
    {CALL "out bytes a 384 # what\nout bytes b 384 # what\n",
     "4: the answer takes up to 96 words of the message buffer's 64"},
    {CALL "in bytes a 385 # what\nin bytes b 385 # what\n",
     "4: the request has 2 arguments that may need the window"},
    {CALL "in handle a # what\nin handle b # what\nin handle c # what\nin handle d # what\n"
          "in bytes e 1000 # what\n",
     "4: more than 4 capabilities one way, a window's session included"},
};

#define COUNT (sizeof(cases) / sizeof(cases[0]))

static void report(const char *name, int good, const char *why)
{
    if (good)
        printf("ok idl-gen: %s\n", name);
    else
        printf("not ok idl-gen: %s: %s\n", name, why);
    failures += !good;
}

/* Each file has a directory of its own, since its name is the interface's. */
static int write_file(size_t number, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%03zu", directory, number);
    if (mkdir(path, 0700) != 0)
        return 0;
    strcat(path, "/test.idl");
    FILE *file = fopen(path, "w");
    return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

/* The tool reports the first mistake of each file, in a line that begins with its path. */
static void check_mistakes(FILE *output)
{
    char line[512], expected[512];

    for (size_t i = 0; i < COUNT; i++) {
        snprintf(expected, sizeof(expected), "%s/%03zu/test.idl:%s", directory, i,
                 cases[i].expected);
        if (!fgets(line, sizeof(line), output))
            strcpy(line, "no further line");
        line[strcspn(line, "\n")] = 0;
        report(cases[i].expected, strcmp(line, expected) == 0, line);
    }
    report("a file without mistakes", fgetc(output) == EOF, "it has one");
}

int main(void)
{
    char command[256];
    int written = 1;

    if (!mkdtemp(directory))
        return 1;
    for (size_t i = 0; i < COUNT; i++)
        written &= write_file(i, cases[i].text);
    written &= write_file(COUNT, CALL "in u32 a # what\n");
    snprintf(command, sizeof(command), "tools/idl-gen --check %s/*/test.idl 2>&1", directory);
    FILE *output = popen(command, "r");
    if (!written || !output)
        return 1;
    check_mistakes(output);
    int status = pclose(output);
    report("its status", WIFEXITED(status) && WEXITSTATUS(status) == 1, "not 1");
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command) != 0 || failures != 0;
}
