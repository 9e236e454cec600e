# SPDX-License-Identifier: BSD-2-Clause
# Tools that are compiled: the profiler, a plugin for this machine's QEMU.

profiler_sources := $(wildcard tools/profiler/*.c)

build/profiler.so: $(profiler_sources) $(wildcard tools/profiler/*.h) build/flags/HOST_FLAGS
	$(call say,CC,tools/profiler)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -O2 -shared -fPIC -pthread -o $@ $(profiler_sources)

# The x86_64-elf toolchain, once, into a cache outside the tree.
.PHONY: toolchain
toolchain:
	@MARCONA_CACHE='$(MARCONA_CACHE)' tools/toolchain
