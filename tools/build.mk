# SPDX-License-Identifier: BSD-2-Clause
# Tools that are compiled, all plugins for this machine's QEMU: the profiler, what measures how long
# interrupts are off, and what counts a boot's instructions.

irqoff_sources := tools/profiler/irqoff.c tools/profiler/set.c
count_sources := tools/profiler/count.c
profiler_sources := $(filter-out tools/profiler/irqoff.c $(count_sources),\
    $(wildcard tools/profiler/*.c))

build/profiler.so: $(profiler_sources)
build/irqoff.so: $(irqoff_sources)
build/count.so: $(count_sources)
build/profiler.so build/irqoff.so build/count.so: $(wildcard tools/profiler/*.h) \
    build/flags/HOST_FLAGS
	$(call say,CC,$@)
	$(Q)$(HOST_CC) $(HOST_FLAGS) -O2 -shared -fPIC -pthread -o $@ $(filter %.c,$^)

# The x86_64-elf toolchain, once, into a cache outside the tree.
.PHONY: toolchain
toolchain:
	@MARCONA_CACHE='$(MARCONA_CACHE)' tools/toolchain
