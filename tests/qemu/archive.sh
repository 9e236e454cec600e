#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tools/archive: what it writes, and what it refuses, naming the file.
set -u

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/one/etc" "$place/one/tmp" "$place/two/etc/more"
echo text >"$place/one/etc/file"
echo other >"$place/two/etc/more/file"
ln -s file "$place/one/etc/link"

# wrote NAME COMMAND...: the command must succeed.
wrote() {
    name=$1
    shift
    if "$@" >"$place/output" 2>&1; then
        echo "ok archive: $name"
    else
        echo "not ok archive: $name: $(cat "$place/output")"
    fi
}

# refused NAME TEXT: making an archive of both trees must fail, saying TEXT, and leave nothing.
refused() {
    if tools/archive "$place/out" "$place/one" "$place/two" 2>"$place/output"; then
        echo "not ok archive: $1: it was written"
    elif ! grep -q "$2" "$place/output"; then
        echo "not ok archive: $1: it says $(cat "$place/output")"
    elif [ -e "$place/out.tmp" ]; then
        echo "not ok archive: $1: a file is left"
    else
        echo "ok archive: $1"
    fi
}

wrote "two trees" tools/archive "$place/first" "$place/one" "$place/two"
cp -r "$place/one" "$place/copy" && touch "$place/copy/etc/file"
wrote "a copy of them" tools/archive "$place/second" "$place/copy" "$place/two"
wrote "the same archive" cmp "$place/first" "$place/second"
wrote "contents on a page" grep -q '^4096:text' <<END
$(LC_ALL=C grep -abo '^text\|text$' "$place/first" | head -n 1)
END
echo clash >"$place/two/etc/file"
refused "a file of both trees" "etc/file is both"
rm "$place/two/etc/file"
mkfifo "$place/two/fifo"
refused "a pipe" "two/fifo: neither a file"
rm "$place/two/fifo"
ln -s "$(printf %0400d 0)" "$place/two/long"
refused "a long link" "two/long: a symbolic link of more than"
rm "$place/two/long"
rm -r "$place/two"
refused "a tree that isn't there" "two is not a directory"
