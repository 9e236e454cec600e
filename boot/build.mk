# SPDX-License-Identifier: BSD-2-Clause
# Bootable images, and the commands that boot one. MANIFEST says who starts with which capabilities;
# ARGS is the kernel's command line. CPU, SMP, MEM, MACHINE, FIRMWARE, TIMEOUT and more change the
# machine (tools/run --help).

.PHONY: iso run debug

MANIFEST ?= boot/bench.manifest
ARGS ?= bench
export CPU SMP MEM MACHINE FIRMWARE TIMEOUT ACCEL EMULATOR

# What any boot needs.
bootable := build/kernel.elf $(servers) $(test_programs) $(test_archive) tools/modules
ISO_LINE = $(MANIFEST) $(ARGS)

# The boot archive: the tree that the system boots with.
build/archive.cpio: $$(root) tools/archive
	$(call say,CPIO,$@)
	$(Q)tools/archive --time=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $@ build/root

iso: build/marcona.iso

build/marcona.iso: $(bootable) boot/grub.cfg tools/iso $(MANIFEST) build/flags/ISO_LINE
	$(call say,ISO,$@)
	$(Q)tools/iso $@ $(MANIFEST) $(ARGS)

# The system, and behind it the benchmark's programs on demand.
build/system.manifest: boot/system.manifest boot/bench.manifest tools/on-demand
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/on-demand boot/system.manifest boot/bench.manifest >$@

# The whole-system tests boot this one.
build/test.iso: $(bootable) boot/grub.cfg tools/iso boot/test.manifest
	$(call say,ISO,$@)
	$(Q)tools/iso $@ boot/test.manifest test

run: build/marcona.iso
	@tools/run --image $<

debug: $(bootable) $(MANIFEST)
	@tools/debug --manifest $(MANIFEST) --args '$(ARGS)' -- $(GDBARGS)
