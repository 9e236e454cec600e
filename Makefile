# SPDX-License-Identifier: BSD-2-Clause
#
# Marcona's build. `make help` lists the commands; each installs what it needs, builds, and does its
# job without a question. Everything built goes to build/. The parts are in each directory's
# build.mk; here is what they share: the tools, the flags, and how a file is compiled.
#
# V=1 shows whole commands. CROSS=x86_64-elf- uses the toolchain of `make toolchain`.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
# Two at a time, unless -j was given, or an outer make or `make clean run` sets the order.
ifeq ($(MAKELEVEL)$(filter -j% clean,$(MAKEFLAGS) $(MAKECMDGOALS)),0)
MAKEFLAGS += --jobs=2
endif
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SECONDARY:
.PHONY: help all format clean FORCE
FORCE:

# --- what must be installed ---------------------------------------------------------------------

goals := $(or $(MAKECMDGOALS),help)
ifneq ($(filter-out help clean,$(goals)),)
$(shell tools/setup $(goals) >&2)
ifneq ($(.SHELLSTATUS),0)
$(error packages are missing; the lines above say which)
endif
endif

# --- tools and flags ----------------------------------------------------------------------------

MARCONA_CACHE ?= $(HOME)/.cache/marcona
CROSS ?=
export PYTHONDONTWRITEBYTECODE := 1
cross_path := $(wildcard $(MARCONA_CACHE)/toolchain/bin/$(CROSS)gcc)
cross := $(if $(CROSS),$(if $(cross_path),$(cross_path:gcc=),$(CROSS)))
CC := $(cross)gcc$(if $(CROSS),,-12)
LD := $(cross)ld
NM := $(cross)nm
STRIP := $(cross)strip
AR := $(cross)ar
HOST_CC := gcc-12

OPTIMIZE := -O2
WARNINGS := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
    -Wshadow -Wundef -Wpointer-arith -Wcast-align -Wwrite-strings -Wvla -Wunused-result
# Freestanding code with the compiler's own headers and no system's: the same from any gcc 12.
FREESTANDING = -std=gnu11 $(OPTIMIZE) -g $(WARNINGS) -I. -Ibuild/gen -ffreestanding -nostdinc \
    -isystem $(compiler_include) -U_FORTIFY_SOURCE -Ulinux -U__linux -U__linux__ -Uunix -U__unix \
    -U__unix__ -U__gnu_linux__ -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
    -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-tree-loop-distribute-patterns \
    -fomit-frame-pointer -mgeneral-regs-only
# No jump tables: they hold absolute addresses, and a CPU must stay in its own alias of the image.
# Indirect branches go through thunks of our own (kernel/arch/x86_64/thunk.S). No padding between
# jump targets: it's executed, and a tenth of the text; what is hot is in entry.S.
KERNEL_FLAGS = $(FREESTANDING) -mcmodel=kernel -mno-red-zone -fno-jump-tables \
    -mindirect-branch=thunk-extern -mindirect-branch-register -fno-align-functions \
    -fno-align-jumps -fno-align-loops -fno-align-labels
USER_FLAGS = $(FREESTANDING)
HOST_FLAGS = -std=gnu11 -O1 -g $(WARNINGS) -I. -Ibuild/gen -DMARCONA_HOST
LINK_FLAGS = -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none

ifneq ($(filter-out help clean format toolchain,$(goals)),)
compiler_include := $(shell $(CC) -print-file-name=include)
compiler_version := $(shell $(CC) -dumpfullversion)
endif
build_name := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# --- how things are made ------------------------------------------------------------------------

Q := $(if $(filter 1,$(V)),,@)
# $(call say,WHAT,FILE): a short line per file.
say = $(if $(filter 1,$(V)),,@printf '%-5s %s\n' '$(1)' '$(2)')

# $(call sources,DIRECTORY): the C and assembler files below it that belong in a program.
sources = $(if $(strip $(1)),$(sort $(shell \
    find $(1) -name '*.c' ! -name '*_test.c' -o -name '*.S' 2>/dev/null)))
# $(call objects,SOURCES)
objects = $(addprefix build/obj/,$(addsuffix .o,$(basename $(1))))

# build/flags/NAME holds the text of $(NAME) and changes only with it: objects depend on it.
build/flags/%: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $($*)' | cmp -s - $@ || printf '%s\n' '$(CC) $($*)' >$@

compile = $(CC) $(1) -MMD -MP -c -o $@ $<

build/obj/kernel/%.o: kernel/%.c build/flags/KERNEL_FLAGS | build/gen/made
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(call compile,$(KERNEL_FLAGS))

build/obj/kernel/%.o: kernel/%.S build/flags/KERNEL_FLAGS | build/gen/made
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(call compile,$(KERNEL_FLAGS))

build/obj/%.o: %.c build/flags/USER_FLAGS | build/gen/made
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(call compile,$(USER_FLAGS))

build/obj/%.o: %.S build/flags/USER_FLAGS | build/gen/made
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(call compile,$(USER_FLAGS))

include kernel/build.mk libsys/build.mk libsys/newlib/build.mk servers/build.mk tests/build.mk \
    boot/build.mk boot/packages/build.mk boot/bin/build.mk tools/build.mk
-include $(shell find build/obj build/host build/fuzz -name '*.d' 2>/dev/null)

all: kernel programs

# Every C file and header of the tree.
format:
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build

help:
	@sed 1d tools/help.txt
