# SPDX-License-Identifier: BSD-2-Clause
# Test and benchmark programs, build/tests/NAME.elf: from tests/guest/NAME.c, or from all files of
# tests/guest/NAME/ or tests/bench/NAME/. Host tests, build/host/PATH: from each *_test.c and each
# file of tests/host/. The commands make test, check, bench, irqoff and fuzz.

.PHONY: programs host fuzzers test check bench bench-system bench-flaws bench-accept irqoff fuzz \
    model

guest_files := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c))
guest_dirs := $(patsubst tests/guest/%/,%,$(wildcard tests/guest/*/))
bench_dirs := $(patsubst tests/bench/%/,%,$(wildcard tests/bench/*/))
test_programs := $(sort $(patsubst %,build/tests/%.elf,$(guest_files) $(guest_dirs) $(bench_dirs)))

test_sources = $(wildcard tests/guest/$(1).c) \
    $(call sources,$(wildcard tests/guest/$(1)/ tests/bench/$(1)/))

# Their stubs note which errors they were answered: tools/check-answers looks at them.
build/obj/tests/guest/%.o: private USER_FLAGS += -DRPC_WITNESS
build/obj/program/tests/system/%.o: private PROGRAM_FLAGS += -DRPC_WITNESS

build/tests/%.elf: $$(call objects,$$(call test_sources,$$*)) build/libsys.a libsys/link.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(link_program)

# The boot archives of tests: that of the file server's.
test_archive := build/tests/files-tree.cpio build/tests/processes-tree.cpio
build/tests/files-tree.cpio: tests/guest/files/make-tree tools/archive
	$(call say,CPIO,$@)
	@mkdir -p $(@D)
	$(Q)tests/guest/files/make-tree build/tests/files-tree
	$(Q)tools/archive $@ build/tests/files-tree

# That of the process server's: with the program that its tests run.
build/tests/processes-tree.cpio: tests/guest/processes/make-tree build/tests/user.elf tools/archive
	$(call say,CPIO,$@)
	$(Q)tests/guest/processes/make-tree build/tests/processes-tree build/tests/user.elf
	$(Q)tools/archive $@ build/tests/processes-tree

programs: $(servers) $(test_programs) $(test_archive)

# For sessions at the system's terminal: the system with tests that run in it: the C library's
# and the system's in /bin, Lua's in /lib/tests/lua.
system: build/tests/system-tree.cpio build/tests/system.manifest

# exec's arguments are char * by its standard, and texts in a program are const.
build/obj/program/tests/libc/%.o: private PROGRAM_FLAGS += -Wno-write-strings

system_tree := build/tests/system-tree
libc_tests := $(system_tree)/bin/libc-test $(system_tree)/bin/libc-test-pie
$(libc_tests): $$(patsubst %.c,build/obj/program/%.o,$$(wildcard tests/libc/*.c)) $$(sysroot)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(MARCONA_CC) $(if $(findstring pie,$@),-static-pie) -s -o $@ $(filter %.o,$^)

system_tests := $(system_tree)/bin/system-test
$(system_tests): $$(patsubst %.c,build/obj/program/%.o,$$(wildcard tests/system/*.c) \
    libsys/rpc_witness.c) $$(sysroot)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(MARCONA_CC) -s -o $@ $(filter %.o,$^)

lua_tests := $(patsubst %,$(system_tree)/lib/%,$(wildcard tests/lua/*.lua))
$(lua_tests): $(system_tree)/lib/%: %
	@mkdir -p $(@D)
	$(Q)cp $< $@

build/tests/system-tree.cpio: $(libc_tests) $(system_tests) $(lua_tests) $$(root) tools/archive
	$(call say,CPIO,$@)
	$(Q)tools/archive $@ build/root $(system_tree)

build/tests/system.manifest: build/system.manifest
	$(Q)sed 's/cap module archive .*/& as archive/; s/cap module archive/cap module system-tree/' $< \
	    >$@

# --- tests and fuzz targets that run on this machine ----------------------------------------------

# The files that a test names in a line "sources: FILE..." of its comment are linked with it.
test_needs = $(shell sed -n 's,^ *[/ ][/*]* *sources: \([^*]*\).*,\1,p' $(1))
with_needs = $(call $(if $(call is_hosted,$(2)),hosted_objects,test_objects),$(1),$(2) $(call \
    test_needs,$(2)))
test_objects = $(addprefix $(1),$(addsuffix .o,$(basename $(2))))

# One with a line "hosted: ..." has the kernel's generic part with it, to run as a program: headers
# in tests/host/hosted/include stand before those of the machine.
is_hosted = $(shell sed -n 's,^ *[/ ][/*]* *hosted:.*,yes,p' $(1))
hosted_objects = $(call test_objects,$(1)hosted/,$(2) $(hosted_files))
hosted_files := $(filter-out %_test.c,$(wildcard kernel/cap/*.c kernel/cpu/*.c kernel/object/*.c \
    kernel/ipc/*.c kernel/sched/*.c)) kernel/lib/priority_queue.c kernel/lib/timer_queue.c \
    kernel/arch/x86_64/pagetable.c kernel/arch/x86_64/page_run.c \
    $(wildcard tests/host/hosted/*.c)

unit_files := $(shell find kernel libsys servers -name '*_test.c' 2>/dev/null)
host_files := $(sort $(unit_files) $(filter-out tests/host/fuzz_%,$(wildcard tests/host/*.c)))
host_tests := $(host_files:%.c=build/host/%)
fuzzers := $(patsubst tests/host/%.c,build/fuzz/%,$(wildcard tests/host/fuzz_*.c))

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TEST_FLAGS = $(HOST_FLAGS) $(SANITIZE)
FUZZ_FLAGS = $(HOST_FLAGS) $(SANITIZE)
fuzz_compiler := clang-14

build/host/obj/%.o: %.c build/flags/TEST_FLAGS | build/gen/made
	$(call say,HOST,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TEST_FLAGS) -MMD -MP -c -o $@ $<

build/host/obj/hosted/%.o: %.c build/flags/TEST_FLAGS | build/gen/made
	$(call say,HOST,$<)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) -Itests/host/hosted/include $(TEST_FLAGS) -MMD -MP -c -o $@ $<

$(host_tests): build/host/%: $$(call with_needs,build/host/obj/,$$*.c)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(TEST_FLAGS) -o $@ $^

build/fuzz/obj/%.o: %.c build/flags/FUZZ_FLAGS | build/gen/made
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(fuzz_compiler) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

build/fuzz/obj/hosted/%.o: %.c build/flags/FUZZ_FLAGS | build/gen/made
	$(call say,FUZZ,$<)
	@mkdir -p $(@D)
	$(Q)$(fuzz_compiler) -Itests/host/hosted/include $(FUZZ_FLAGS) -Wno-cast-align \
	    -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(fuzzers): build/fuzz/%: $$(call with_needs,build/fuzz/obj/,tests/host/$$*.c)
	$(Q)$(fuzz_compiler) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^

host: $(host_tests)
fuzzers: $(fuzzers)

fuzz: $(fuzzers)
	@tools/fuzz $(or $(FUZZ_SECONDS),3600) $(fuzzers)

# A larger configuration than in make test: up to two faults, each order of priorities.
model:
	@MODEL='$(or $(MODEL),-DFAULTS=2 -DEVERY_ORDER)' MODEL_MIB='$(or $(MODEL_MIB),8000)' \
	    tests/model/run.sh

# These two build what they look at themselves, so that one broken part doesn't hide the others.
test:
	+@tools/test $(host_tests) $(fuzzers)

check:
	+@tools/check

# --- instruction counts ---------------------------------------------------------------------------

# CPU, SMP and BENCH_ARGS (more words for the kernel's command line) measure a variant, whose
# figures go to a file of their own; only build/bench.json is held against the limits.
empty :=
bench_variant := $(subst $(empty) ,-,$(strip $(CPU) $(SMP:%=smp%) $(BENCH_ARGS)))
bench_json := build/bench$(bench_variant:%=-%).json

build/bench%json: build/kernel.elf $(servers) $(test_programs) boot/bench.manifest \
    build/profiler.so tools/bench tools/modules
	$(call say,BENCH,$@)
	$(Q)tools/bench measure $@ $(filter %.json,$^) --timeout 900 --manifest boot/bench.manifest \
	    --args '$(strip bench json $(BENCH_ARGS))'

# How long interrupts are off is measured by booting other programs; its figures are among those of
# the benchmark.
build/bench.json: build/irqoff.json build/paging.json build/shell.json build/process.json \
    build/cpus.json
build/irqoff.json: build/kernel.elf $(servers) $(test_programs) boot/test.manifest \
    boot/longest.manifest build/irqoff.so tools/irqoff tools/modules
	$(call say,BENCH,$@)
	$(Q)tools/irqoff measure $@

# The memory server's figures, from a boot of their own.
build/paging.json: build/kernel.elf build/servers/root.elf build/servers/memory.elf \
    build/tests/paging.elf boot/paging-bench.manifest build/profiler.so tools/bench tools/modules
	$(call say,BENCH,$@)
	$(Q)tools/bench measure $@ --timeout 300 --manifest boot/paging-bench.manifest \
	    --args 'bench json'

# What it costs to reach another CPU.
build/cpus.json: build/kernel.elf build/servers/root.elf build/tests/cpus.elf \
    boot/cpus-bench.manifest build/profiler.so tools/bench tools/modules
	$(call say,BENCH,$@)
	$(Q)tools/bench measure $@ --timeout 300 --smp 2 --manifest boot/cpus-bench.manifest \
	    --args 'bench json'

# The whole system's boot.
build/shell.json: build/kernel.elf $(servers) $(test_programs) build/system.manifest \
    build/archive.cpio build/count.so tools/shell-boot tests/qemu/session.py
	$(call say,BENCH,$@)
	$(Q)tools/shell-boot $@

# What processes cost, from the C library's side.
build/process.json: build/kernel.elf $(servers) $(test_programs) build/system.manifest \
    build/archive.cpio tools/system-bench tests/qemu/session.py
	$(call say,BENCH,$@)
	$(Q)tools/system-bench $@ proc. libc.getpid

irqoff: build/irqoff.json
	@tools/irqoff show $<

bench: $(bench_json)
	@tools/bench show $<

# What the measures against a CPU's flaws cost: one that has them, with and without.
flaws_cpu := $(or $(CPU),Nehalem)
flaws_modes := off auto full
bench-flaws:
	+@for mode in $(flaws_modes); do \
	    $(MAKE) --no-print-directory bench CPU=$(flaws_cpu) BENCH_ARGS=mitigations=$$mode \
	        >build/bench-flaws.log || { cat build/bench-flaws.log; exit 1; }; \
	done
	@tools/bench compare $(flaws_modes:%=build/bench-$(flaws_cpu)-mitigations=%.json)

# The C library's calls, beside Linux's.
bench-system: build/kernel.elf $(servers) $(test_programs) build/archive.cpio build/system.manifest
	@tools/system-bench build/system-bench.json

bench-accept: build/bench.json
	@tools/ratchet accept $<
