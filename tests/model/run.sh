#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks the models of tests/model with spin: every state, and that each broken rule is found.
# MODEL='-DWORK=2 -DFAULTS=2 -DEVERY_ORDER' makes them larger; MODEL_MIB is the memory they may use.
set -u

top=$(pwd)
pan_flags="-DSAFETY -DNOREDUCE -DCOLLAPSE"

# explore RULE: what pan found with this rule broken (0: none).
explore() {
    rm -f "$model.pml.trail"
    BREAK=$1 ./pan -m100000 >pan.log 2>&1
}

# check MODEL WHAT
check() {
    model=$1
    mkdir -p "$top/build/model/$model"
    cd "$top/build/model/$model" || exit 1
    source=$top/tests/model/$model.pml
    if ! spin -a ${MODEL:-} "$source" >spin.log 2>&1 ||
        ! gcc-12 -O1 -w $pan_flags -DMEMLIM="${MODEL_MIB:-1800}" -o pan pan.c; then
        echo "not ok model: $model can't be built: $(head -n 1 spin.log)"
        return
    fi
    explore 0
    states=$(sed -n 's/^ *\([0-9e.+]*\) states, stored.*/\1/p' pan.log)
    if grep -q 'errors: 0' pan.log && ! grep -q 'not completed\|max search depth too' pan.log; then
        echo "ok model: $2 ($states states)"
    else
        echo "not ok model: $2: $(grep -m 1 '^pan:' pan.log || echo 'pan told nothing')"
    fi
    rules=$(sed -n 's/^#define RULES //p' "$source")
    for rule in $(seq "$rules"); do
        name=$(sed -n "s/^#define \\([A-Z_]*\\) $rule  *\\/\\*.*/\\1/p" "$source")
        explore "$rule"
        if grep -q 'assertion violated' pan.log && [ -e "$model.pml.trail" ]; then
            echo "ok model: found when broken: $name"
        else
            echo "not ok model: nobody noticed: $name"
        fi
    done
}

check time 'time follows a call'
check cpus 'CPUs and their messages'
