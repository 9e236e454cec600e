#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The tutorial of libsys/README.md, word for word, in a copy of the tree.
set -u

copy=build/new-server
log=$PWD/build/new-server.log

# The commands of the section: what stands in its blocks of "sh".
tutorial() {
    sed -n '/^## A server of your own/,$p' libsys/README.md | sed -n '/^```sh$/,/^```$/p' |
        grep -v '^```'
}

# The tree with what was built of it, which saves most of the time.
rm -rf "$copy" && mkdir -p "$copy/build" || exit 1
python3 -c 'import sys; sys.path.insert(0, "tools"); import tree; print("\n".join(tree.files()))' |
    tar -c -T - | tar -x -C "$copy" || exit 1
for part in gen obj/kernel obj/libsys obj/servers flags kernel.elf kernel-first.elf \
    kernel-symbols.S kernel-symbols.o libsys.a servers; do
    [ -e "build/$part" ] || continue
    mkdir -p "$copy/build/$(dirname "$part")" && cp -a "build/$part" "$copy/build/$part"
done

tutorial >"$copy/build/tutorial"
cd "$copy" || exit 1
SETUP=no sh -eux build/tutorial >"$log" 2>&1
status=$?

passed=$(grep -c '^ok greeter-test:' "$log")
failed=$(grep -c '^not ok' "$log")
case $status:$passed:$failed in
0:14:0) echo "ok new_server: the tutorial" ;;
*)
    tail -n 20 "$log"
    echo "not ok new_server: status $status, $passed results of 14, $failed failed"
    ;;
esac
if grep -q '^ok greeter-test: the largest' "$log"; then
    echo "ok new_server: a further operation"
else
    echo "not ok new_server: a further operation: its test didn't run"
fi
cd ../.. && rm -rf "$copy"
