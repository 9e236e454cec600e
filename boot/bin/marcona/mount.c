/* SPDX-License-Identifier: BSD-2-Clause */
/* mount, umount: which file systems there are, and more of them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/bin/marcona/programs.h"
#include "libsys/newlib/system.h"
#include "libsys/vfs_client.h"

static int mounts_list(void)
{
    struct vfs_mount mount;
    char text[385], total[8], left[8];
    uint32_t bytes;

    for (uint32_t i = 0; !vfs_mount(system_vfs(), i, &mount, text, sizeof(text) - 1, &bytes); i++) {
        text[bytes] = 0;
        const char *what = strtok(text, " "), *place = strtok(NULL, " "), *type = strtok(NULL, " ");
        printf("%s on %s type %s (%s, %s of %s free)\n", what ? what : "?", place ? place : "?",
               type ? type : "?", mount.flags & 1 ? "ro" : "rw", size_text(mount.free, left),
               size_text(mount.total, total));
    }
    return 0;
}

/* "size=N" with K, M or G; 0: it isn't that. */
static uint64_t size_option(const char *text)
{
    static const char units[] = "KMG";
    char *end;

    if (strncmp(text, "size=", 5) != 0)
        return 0;
    uint64_t size = strtoull(text + 5, &end, 10);
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    if (unit)
        size <<= 10 * (unit - units + 1);
    return *end && (!unit || end[1]) ? 0 : size;
}

int mount_main(int count, char **argument)
{
    uint64_t limit = 16 << 20;

    if (count == 1)
        return mounts_list();
    for (int option; (option = getopt(count, argument, "t:o:")) != -1;) {
        if (option == 't' && strcmp(optarg, "memory") != 0 && strcmp(optarg, "tmpfs") != 0)
            return complain("%s: only file systems in memory can be mounted", optarg);
        if (option == 'o' && !(limit = size_option(optarg)))
            return complain("%s: the only option is size=NUMBER[K|M|G]", optarg);
        if (option == '?')
            optind = count;
    }
    if (optind >= count || count - optind > 2)
        return usage("[-t memory] [-o size=NUMBER[K|M|G]] [WHAT] PLACE");
    const char *place = argument[count - 1];
    err_t error = vfs_mount_memory(system_vfs(), place, limit);
    return error ? complain_error(place, error) : 0;
}

int umount_main(int count, char **argument)
{
    if (count != 2)
        return usage("PLACE");
    err_t error = vfs_unmount(system_vfs(), argument[1]);
    return error ? complain_error(argument[1], error) : 0;
}
