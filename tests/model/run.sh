#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks tests/model/time.pml with spin: every state, and that each broken rule is found.
# MODEL='-DWORK=2 -DFAULTS=2 -DEVERY_ORDER' makes it larger; MODEL_MIB is the memory it may use.
set -u

directory=build/model
mkdir -p $directory
cd $directory || exit 1
if ! spin -a ${MODEL:-} ../../tests/model/time.pml >spin.log 2>&1 ||
    ! gcc-12 -O1 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DMEMLIM="${MODEL_MIB:-1800}" -o pan pan.c; then
    echo "not ok model: it can't be built: $(head -n 1 spin.log)"
    exit 1
fi

# explore RULE: what pan found with this rule broken (0: none).
explore() {
    rm -f time.pml.trail
    BREAK=$1 ./pan -m100000 >pan.log 2>&1
}

explore 0
states=$(sed -n 's/^ *\([0-9e.+]*\) states, stored.*/\1/p' pan.log)
if grep -q 'errors: 0' pan.log && ! grep -q 'not completed\|max search depth too' pan.log; then
    echo "ok model: time follows a call ($states states)"
else
    echo "not ok model: $(grep -m 1 '^pan:' pan.log || echo 'pan told nothing')"
fi
rules=$(sed -n 's/^#define RULES //p' ../../tests/model/time.pml)
for rule in $(seq "$rules"); do
    name=$(sed -n "s/^#define \\([A-Z_]*\\) $rule  *\\/\\*.*/\\1/p" ../../tests/model/time.pml)
    explore "$rule"
    if grep -q 'assertion violated' pan.log && [ -e time.pml.trail ]; then
        echo "ok model: found when broken: $name"
    else
        echo "not ok model: nobody noticed: $name"
    fi
done
