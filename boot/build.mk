# SPDX-License-Identifier: BSD-2-Clause
# Bootable images, and the commands that boot one. MANIFEST says who starts with which capabilities:
# the system, if not given; ARGS is the kernel's command line. CPU, SMP, MEM, MACHINE, FIRMWARE,
# TIMEOUT and more change the machine (tools/run --help).

.PHONY: iso run debug system

ARGS ?= bench
export CPU SMP MEM MACHINE FIRMWARE TIMEOUT ACCEL EMULATOR

# Who has a terminal gets the whole system, to type at. Else the benchmark is booted, which ends by
# itself.
terminal := $(if $(EMULATOR:qemu=),,$(shell [ -t 0 ] && echo yes))
SYSTEM := build/system.manifest
image_manifest := $(or $(MANIFEST),$(SYSTEM))
is_typed := $(and $(terminal),$(findstring system,$(image_manifest)))
run_image := build/$(if $(or $(MANIFEST),$(terminal)),marcona,bench).iso

# What any boot needs, and this one.
bootable := build/kernel.elf $(servers) $(test_programs) $(test_archive) tools/modules
has_archive := $(or $(findstring $(SYSTEM),$(image_manifest)),\
    $(shell grep -ls 'module archive' $(MANIFEST)))
ISO_LINE = $(image_manifest) $(ARGS)

# The boot archive: the tree that the system boots with.
build/archive.cpio: $$(root) tools/archive
	$(call say,CPIO,$@)
	$(Q)tools/archive --time=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $@ build/root

iso: build/marcona.iso

build/marcona.iso: $(bootable) $(if $(has_archive),build/archive.cpio) boot/grub.cfg tools/iso \
    $(image_manifest) build/flags/ISO_LINE
	$(call say,ISO,$@)
	$(Q)tools/iso $@ $(image_manifest) $(ARGS)

build/bench.iso: $(bootable) boot/grub.cfg tools/iso boot/bench.manifest
	$(call say,ISO,$@)
	$(Q)tools/iso $@ boot/bench.manifest bench

# The system, and behind it the benchmark's programs on demand.
build/system.manifest: boot/system.manifest boot/bench.manifest tools/on-demand
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)tools/on-demand boot/system.manifest boot/bench.manifest >$@

# The whole-system tests boot this one.
build/test.iso: $(bootable) boot/grub.cfg tools/iso boot/test.manifest
	$(call say,ISO,$@)
	$(Q)tools/iso $@ boot/test.manifest test

# What the tests type at.
system: $(bootable) $(SYSTEM) build/archive.cpio build/marcona.iso

run: $(run_image)
	@tools/run --image $< $(if $(is_typed),--interactive)

# The kernel; or with PROC=NAME a server or a user's program, in the running system.
debug_manifest := $(or $(MANIFEST),boot/$(if $(PROC),system,bench).manifest)
debug: $(bootable) $(debug_manifest) $(if $(PROC),build/archive.cpio)
ifeq ($(PROC),)
	@tools/debug --manifest $(debug_manifest) --args '$(ARGS)' -- $(GDBARGS)
else
	@tools/debug-process --manifest $(debug_manifest) '$(PROC)' -- $(GDBARGS)
endif
