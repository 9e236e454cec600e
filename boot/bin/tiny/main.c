/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that bench starts and waits for. */

#include <unistd.h>

int main(void)
{
    _exit(0);
}
