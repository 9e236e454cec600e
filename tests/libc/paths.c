/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: directories, links, renaming, permissions as a plain user would meet them, times. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/libc/check.h"

static bool file_make(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    return file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
           close(file) == 0;
}

static bool file_is(const char *path, const char *text)
{
    char buffer[64] = "";
    int file = open(path, O_RDONLY);
    bool good =
        file >= 0 && read(file, buffer, sizeof(buffer) - 1) >= 0 && strcmp(buffer, text) == 0;

    close(file);
    return good;
}

static void test_directories(void)
{
    char here[PATH_MAX];

    CHECK("mkdir", mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
    FAILS("mkdir again", EEXIST, mkdir("d", 0755));
    FAILS("mkdir without a parent", ENOENT, mkdir("no/d", 0755));
    CHECK("chdir and getcwd",
          chdir("d/e") == 0 && getcwd(here, sizeof(here)) && strcmp(here, PLACE "/d/e") == 0);
    FAILS("getcwd into too little", ERANGE, getcwd(here, 3) ? 0 : -1);
    CHECK("two up", chdir("../..") == 0 && getcwd(here, sizeof(here)) && strcmp(here, PLACE) == 0);
    CHECK("the root's parent", chdir("/../..") == 0 && getcwd(here, sizeof(here)) &&
                                   strcmp(here, "/") == 0 && chdir(PLACE) == 0);
    FAILS("rmdir of a full one", ENOTEMPTY, rmdir("d"));
    CHECK("rmdir", rmdir("d/e") == 0);
    FAILS("unlink of a directory", EISDIR,
          unlink("d") ? (errno = errno == EPERM ? EISDIR : errno, -1) : 0);
    CHECK("gone", rmdir("d") == 0);
    FAILS("chdir to nowhere", ENOENT, chdir("d"));
    CHECK("a file", file_make("f", ""));
    FAILS("isn't a directory", ENOTDIR, chdir("f"));
    FAILS("nor has it files", ENOTDIR, open("f/g", O_RDONLY));
    FAILS("rmdir of a file", ENOTDIR, rmdir("f"));
    CHECK("removed", unlink("f") == 0);
}

static void test_listing(void)
{
    char name[32];
    bool seen[300] = {0}, good = true;
    int count = 0;

    mkdir("list", 0755);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "list/file-%d", i);
        good = good && file_make(name, "");
    }
    CHECK("three hundred files", good);
    DIR *directory = opendir("list");
    CHECK("opendir", directory != NULL);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        int number = -1;
        if (sscanf(entry->d_name, "file-%d", &number) == 1 && number >= 0 && number < 300) {
            good = good && !seen[number];
            seen[number] = true;
            count++;
        } else {
            good = good && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
        }
    }
    CHECK("readdir tells each once", good && count == 300);
    closedir(directory);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "list/file-%d", i);
        good = good && unlink(name) == 0;
    }
    CHECK("and all are removed", good && rmdir("list") == 0);
    FAILS("opendir of nothing", ENOENT, opendir("list") ? 0 : -1);
}

static void test_links(void)
{
    char target[64] = "";
    struct stat status, other;

    CHECK("a file with a link", file_make("a", "text") && link("a", "b") == 0);
    CHECK("is one file", stat("a", &status) == 0 && stat("b", &other) == 0 &&
                             status.st_ino == other.st_ino && status.st_nlink == 2);
    CHECK("that outlives a name", unlink("a") == 0 && file_is("b", "text"));
    CHECK("symlink", symlink("b", "s") == 0 && file_is("s", "text"));
    CHECK("readlink", readlink("s", target, sizeof(target)) == 1 && target[0] == 'b');
    CHECK("lstat", lstat("s", &status) == 0 && S_ISLNK(status.st_mode));
    CHECK("one to nowhere", symlink("nowhere", "n") == 0);
    FAILS("leads nowhere", ENOENT, open("n", O_RDONLY));
    CHECK("two that lead to each other", symlink("y", "x") == 0 && symlink("x", "y") == 0);
    FAILS("are a loop", ELOOP, open("x", O_RDONLY));
    FAILS("readlink of a file", EINVAL, readlink("b", target, sizeof(target)));
    CHECK("all removed", unlink("x") == 0 && unlink("y") == 0 && unlink("n") == 0 &&
                             unlink("s") == 0 && unlink("b") == 0);
}

static void test_rename(void)
{
    CHECK("rename", file_make("from", "1") && rename("from", "to") == 0 && file_is("to", "1"));
    FAILS("the old name is gone", ENOENT, rename("from", "to"));
    CHECK("over another",
          file_make("from", "2") && rename("from", "to") == 0 && file_is("to", "2"));
    CHECK("a directory", mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0 &&
                             rename("to", "d/e/to") == 0 && rename("d", "g") == 0 &&
                             file_is("g/e/to", "2"));
    FAILS("not into itself", EINVAL, rename("g", "g/e/g"));
    CHECK("an open file stays", ({
              char byte = 0;
              int file = open("g/e/to", O_RDONLY);
              bool good = unlink("g/e/to") == 0 && read(file, &byte, 1) == 1 && byte == '2';
              good &&close(file) == 0;
          }));
    CHECK("all removed", rmdir("g/e") == 0 && rmdir("g") == 0);
}

static void test_attributes(void)
{
    struct stat status;
    struct timeval times[2] = {{.tv_sec = 1000000, .tv_usec = 5}, {.tv_sec = 2000000}};

    CHECK("chmod", file_make("m", "") && chmod("m", 0751) == 0 && stat("m", &status) == 0 &&
                       (status.st_mode & 07777) == 0751);
    CHECK("utimes", utimes("m", times) == 0 && stat("m", &status) == 0 &&
                        status.st_mtime == 2000000 && status.st_atime == 1000000);
    CHECK("umask", umask(077) == 022 && file_make("u", "") && stat("u", &status) == 0 &&
                       (status.st_mode & 0777) == 0600 && umask(022) == 077);
    CHECK("access", access("m", R_OK | W_OK) == 0);
    FAILS("access of nothing", ENOENT, access("nothing", F_OK));
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    FAILS("a long name", ENAMETOOLONG, open(name, O_RDONLY));
    FAILS("an empty name", ENOENT, open("", O_RDONLY));
    CHECK("both removed", unlink("m") == 0 && unlink("u") == 0);
}

void test_paths(void)
{
    test_directories();
    test_listing();
    test_links();
    test_rename();
    test_attributes();
}
