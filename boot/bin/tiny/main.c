/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that bench starts and waits for. With an argument it stays until it's killed. */

#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    while (argc > 1)
        (void)pause();
    _exit(0);
}
