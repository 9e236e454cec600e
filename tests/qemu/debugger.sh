#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A server and programs debugged in the running system, over the second serial line.
exec tests/qemu/debugger.py
