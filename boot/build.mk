# SPDX-License-Identifier: BSD-2-Clause
# Bootable images, and the commands that boot one. MANIFEST says who starts with which capabilities;
# ARGS is the kernel's command line. CPU, SMP, MEM, MACHINE, FIRMWARE and TIMEOUT change the machine
# (see tools/run).

.PHONY: iso run

MANIFEST ?= boot/bench.manifest
ARGS ?= bench
export CPU SMP MEM MACHINE FIRMWARE TIMEOUT ACCEL EMULATOR

ISO_LINE = $(MANIFEST) $(ARGS)

iso: build/marcona.iso

build/marcona.iso: build/kernel.elf boot/grub.cfg $(MANIFEST) $(servers) $(test_programs) tools/iso \
    tools/modules build/flags/ISO_LINE
	$(call say,ISO,$@)
	$(Q)tools/iso $@ $(MANIFEST) $(ARGS)

run: build/marcona.iso
	@tools/run --image $<
