/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users and groups by /etc/passwd and /etc/group, what newlib lacks of them: groups, and the
 * functions with the caller's own memory. A line that isn't right is passed over.
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 32

/* Cut `line` at its colons into `count` fields; false: it has fewer. */
static bool fields_cut(char *line, char *field[], int count)
{
    line[strcspn(line, "\n")] = 0;
    for (int i = 0; i < count; i++) {
        if (!line)
            return false;
        field[i] = line;
        line = strchr(line, ':');
        if (line)
            *line++ = 0;
    }
    return true;
}

/* The first line of the file for which `fits` says yes, in the caller's buffer. 0, or an errno. */
static int line_find(const char *file, char *buffer, size_t size, void *result,
                     bool (*fits)(char *line, void *result, const void *key), const void *key)
{
    FILE *lines = fopen(file, "r");
    int error = ENOENT;

    if (!lines)
        return errno;
    while (error && fgets(buffer, (int)size, lines)) {
        if (!strchr(buffer, '\n') && strlen(buffer) == size - 1) {
            error = ERANGE;
            break;
        }
        if (fits(buffer, result, key))
            error = 0;
    }
    fclose(lines);
    return error;
}

/* What is looked for: a name, or (NULL) a number. */
struct key {
    const char *name;
    unsigned number;
};

static bool key_fits(const struct key *key, const char *name, unsigned number)
{
    return key->name ? strcmp(key->name, name) == 0 : key->number == number;
}

static bool user_fits(char *line, void *result, const void *key)
{
    struct passwd *user = result;
    char *field[7];

    if (!fields_cut(line, field, 7))
        return false;
    *user = (struct passwd){
        .pw_name = field[0],
        .pw_passwd = field[1],
        .pw_uid = (uid_t)strtoul(field[2], NULL, 10),
        .pw_gid = (gid_t)strtoul(field[3], NULL, 10),
        .pw_gecos = field[4],
        .pw_dir = field[5],
        .pw_shell = field[6],
    };
    return key_fits(key, user->pw_name, user->pw_uid);
}

static int user_get(const struct key *key, struct passwd *user, char *buffer, size_t size,
                    struct passwd **result)
{
    int error = line_find("/etc/passwd", buffer, size, user, user_fits, key);

    *result = error ? NULL : user;
    return error == ENOENT ? 0 : error;
}

int getpwnam_r(const char *name, struct passwd *user, char *buffer, size_t size,
               struct passwd **result)
{
    return user_get(&(struct key){.name = name}, user, buffer, size, result);
}

int getpwuid_r(uid_t number, struct passwd *user, char *buffer, size_t size, struct passwd **result)
{
    return user_get(&(struct key){.number = number}, user, buffer, size, result);
}

/* A group and its members' names, which point into the line. */
struct group_place {
    struct group group;
    char *member[MEMBERS_MAX + 1];
};

static bool group_fits(char *line, void *result, const void *key)
{
    struct group_place *place = result;
    char *field[4], *rest = NULL;
    int count = 0;

    if (!fields_cut(line, field, 4))
        return false;
    for (char *name = strtok_r(field[3], ",", &rest); name && count < MEMBERS_MAX;
         name = strtok_r(NULL, ",", &rest))
        place->member[count++] = name;
    place->member[count] = NULL;
    place->group = (struct group){
        .gr_name = field[0],
        .gr_passwd = field[1],
        .gr_gid = (gid_t)strtoul(field[2], NULL, 10),
        .gr_mem = place->member,
    };
    return key_fits(key, place->group.gr_name, place->group.gr_gid);
}

/* The buffer begins with the place. */
static int group_get(const struct key *key, struct group *group, char *buffer, size_t size,
                     struct group **result)
{
    size_t skip = -(size_t)buffer & (_Alignof(struct group_place) - 1);
    struct group_place *place = (struct group_place *)(void *)(buffer + skip);

    *result = NULL;
    if (size < skip + sizeof(*place) + 64)
        return ERANGE;
    int error = line_find("/etc/group", (char *)(place + 1), size - skip - sizeof(*place), place,
                          group_fits, key);
    if (!error) {
        *group = place->group;
        *result = group;
    }
    return error == ENOENT ? 0 : error;
}

int getgrnam_r(const char *name, struct group *group, char *buffer, size_t size,
               struct group **result)
{
    return group_get(&(struct key){.name = name}, group, buffer, size, result);
}

int getgrgid_r(gid_t number, struct group *group, char *buffer, size_t size, struct group **result)
{
    return group_get(&(struct key){.number = number}, group, buffer, size, result);
}

static struct group *group_static(const struct key *key)
{
    static struct group group;
    static char buffer[1024];
    struct group *result;
    int error = group_get(key, &group, buffer, sizeof(buffer), &result);

    if (error)
        errno = error;
    return result;
}

struct group *getgrnam(const char *name)
{
    return group_static(&(struct key){.name = name});
}

struct group *getgrgid(gid_t number)
{
    return group_static(&(struct key){.number = number});
}

/* The groups that a user is a member of, and the one given; -1: more than *count. */
int getgrouplist(const char *user, gid_t group, gid_t *groups, int *count);

int getgrouplist(const char *user, gid_t group, gid_t *groups, int *count)
{
    FILE *lines = fopen("/etc/group", "r");
    char line[512];
    struct group_place place;
    int found = 0, room = *count;

    if (found++ < room)
        groups[0] = group;
    while (lines && fgets(line, sizeof(line), lines)) {
        struct key none = {.name = ""};
        place.member[0] = NULL;
        group_fits(line, &place, &none);
        for (char **name = place.member; *name; name++)
            if (strcmp(*name, user) == 0 && place.group.gr_gid != group && found++ < room)
                groups[found - 1] = place.group.gr_gid;
    }
    if (lines)
        fclose(lines);
    *count = found;
    return found > room ? -1 : found;
}
