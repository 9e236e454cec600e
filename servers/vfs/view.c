/* SPDX-License-Identifier: BSD-2-Clause */
/* See view.h. */

#include "servers/vfs/view.h"

#include "servers/vfs/heap.h"

static void mount_get(const struct mount *mount)
{
    mount->filesystem->mounts++;
    if (mount->point) {
        node_get(mount->point);
        mount->point->mounts++;
    }
}

/* A file system that is mounted nowhere ends, now or when nobody uses it any more. */
static void mount_put(const struct mount *mount)
{
    struct filesystem *filesystem = mount->filesystem;

    if (mount->point) {
        mount->point->mounts--;
        node_put(mount->point);
    }
    if (--filesystem->mounts > 0)
        return;
    filesystem->unmounted = filesystem_is_used(filesystem);
    if (!filesystem->unmounted)
        filesystem->operations->end(filesystem);
}

struct view *view_make(struct filesystem *top)
{
    struct view *view = heap_take_zeroed(sizeof(*view));

    if (!view)
        return NULL;
    *view = (struct view){.references = 1, .count = 1, .mount = {{.filesystem = top}}};
    mount_get(&view->mount[0]);
    return view;
}

struct view *view_copy(const struct view *view)
{
    struct view *copy = heap_take(sizeof(*copy));

    if (!copy)
        return NULL;
    *copy = *view;
    copy->references = 1;
    for (uint32_t i = 0; i < copy->count; i++)
        mount_get(&copy->mount[i]);
    return copy;
}

/* The last mount first: the others may lie below it. */
void view_put(struct view *view)
{
    if (--view->references > 0)
        return;
    for (uint32_t i = view->count; i > 0; i--)
        mount_put(&view->mount[i - 1]);
    heap_give(view, sizeof(*view));
}

err_t view_mount(struct view *view, struct node *point, struct filesystem *filesystem)
{
    struct mount *mount = &view->mount[view->count];

    if (view->count == VIEW_MOUNTS)
        return RPC_NO_MEMORY;
    *mount = (struct mount){.point = point, .filesystem = filesystem};
    mount_get(mount);
    view->count++;
    return 0;
}

static uint32_t mount_find(const struct view *view, const struct node *root)
{
    uint32_t i = 0;

    while (i < view->count && view->mount[i].filesystem->root != root)
        i++;
    return i;
}

err_t view_unmount(struct view *view, const struct node *root)
{
    uint32_t i = mount_find(view, root);

    if (i == view->count)
        return RPC_NOT_FOUND;
    struct mount mount = view->mount[i];
    if (!mount.point || filesystem_is_used(mount.filesystem))
        return RPC_BUSY;
    view->count--;
    for (; i < view->count; i++)
        view->mount[i] = view->mount[i + 1];
    mount_put(&mount);
    return 0;
}

struct node *view_down(const struct view *view, struct node *node)
{
    for (uint32_t i = 0; node->mounts > 0 && i < view->count; i++)
        if (view->mount[i].point == node)
            return view_down(view, view->mount[i].filesystem->root);
    return node;
}

struct node *view_point(const struct view *view, struct node *node)
{
    while (node == node->filesystem->root) {
        uint32_t i = mount_find(view, node);
        if (i == view->count || !view->mount[i].point)
            return node;
        node = view->mount[i].point;
    }
    return node;
}

struct node *view_up(const struct view *view, struct node *node)
{
    return view_point(view, node)->directory.parent;
}
