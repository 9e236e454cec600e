# SPDX-License-Identifier: BSD-2-Clause
# The kernel image, build/kernel.elf. It is linked twice: the first link fixes every function's
# address, the second adds the table of their names, which follows the code and so moves none.

kernel_objects := $(call objects,$(call sources,kernel))

kernel: build/kernel.elf

link_kernel = $(LD) $(LINK_FLAGS) -T linker.ld -o $@ $(filter %.o,$^)

build/kernel-first.elf: $(kernel_objects) build/kernel-symbols-none.o linker.ld
	$(Q)$(link_kernel)

build/kernel.elf: $(kernel_objects) build/kernel-symbols.o linker.ld
	$(call say,LD,$@)
	$(Q)$(link_kernel)
	$(Q)tools/symbols $@ $(NM) | cmp -s - build/kernel-symbols.S || { \
	    echo 'The symbol table moved the functions: linker.ld must place .rodata after .text.'; \
	    rm $@; exit 1; }

build/kernel-symbols-none.S: tools/symbols
	@mkdir -p $(@D)
	$(Q)tools/symbols >$@

build/kernel-symbols.S: build/kernel-first.elf tools/symbols
	$(Q)tools/symbols $< $(NM) >$@

build/kernel-%.o: build/kernel-%.S build/flags/KERNEL_FLAGS
	$(Q)$(CC) $(KERNEL_FLAGS) -c -o $@ $<

# Only this file knows the commit, so that a commit compiles one file and links.
BUILD_NAME = $(build_name) gcc $(compiler_version) $(OPTIMIZE)
build/obj/kernel/debug/build.o: private KERNEL_FLAGS += -DMARCONA_BUILD='"$(BUILD_NAME)"'
build/obj/kernel/debug/build.o: build/flags/BUILD_NAME
