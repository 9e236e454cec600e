# SPDX-License-Identifier: BSD-2-Clause
# Test and benchmark programs, build/tests/NAME.elf: from tests/guest/NAME.c, or from all files of
# tests/guest/NAME/ or tests/bench/NAME/. Host tests, build/host/PATH: from each *_test.c and each
# file of tests/host/. The commands make test, check, bench and fuzz.

.PHONY: programs test check bench bench-accept fuzz

guest_files := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c))
guest_dirs := $(patsubst tests/guest/%/,%,$(wildcard tests/guest/*/))
bench_dirs := $(patsubst tests/bench/%/,%,$(wildcard tests/bench/*/))
test_programs := $(sort $(patsubst %,build/tests/%.elf,$(guest_files) $(guest_dirs) $(bench_dirs)))

test_sources = $(wildcard tests/guest/$(1).c) \
    $(call sources,$(wildcard tests/guest/$(1)/ tests/bench/$(1)/))

build/tests/%.elf: $$(call objects,$$(call test_sources,$$*)) build/libsys.a libsys/link.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(link_program)

programs: $(servers) $(test_programs)
