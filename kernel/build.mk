# SPDX-License-Identifier: BSD-2-Clause
# The kernel image, build/kernel.elf. It is linked twice: the first link fixes every function's
# address, the second adds the table of their names, which follows the code and so moves none.

.PHONY: kernel
kernel: build/kernel.elf

kernel_objects := $(call objects,$(call sources,kernel))
link_kernel = $(LD) $(LINK_FLAGS) -T linker.ld -o $@ $(filter %.o,$^)

build/kernel-first.elf: $(kernel_objects) linker.ld build/flags/LINK_FLAGS
	$(Q)$(link_kernel)

build/kernel-symbols.S: build/kernel-first.elf tools/symbols
	$(Q)tools/symbols $< $(NM) >$@

build/kernel-symbols.o: build/kernel-symbols.S build/flags/KERNEL_FLAGS
	$(Q)$(CC) $(KERNEL_FLAGS) -c -o $@ $<

build/kernel.elf: $(kernel_objects) build/kernel-symbols.o linker.ld
	$(call say,LD,$@)
	$(Q)$(link_kernel)
	$(Q)tools/symbols $@ $(NM) | cmp -s - build/kernel-symbols.S || { \
	    echo 'The symbol table moved the functions: linker.ld must place it after .text.'; \
	    rm $@; exit 1; }

# What runs only at boot or at the end is compiled for size: it is half of the kernel's code.
for_size := arch/x86_64/acpi arch/x86_64/backtrace arch/x86_64/boot_pool arch/x86_64/clock \
    arch/x86_64/features arch/x86_64/ioapic arch/x86_64/kmap arch/x86_64/kmap_boot \
    arch/x86_64/multiboot arch/x86_64/platform arch/x86_64/power arch/x86_64/segments \
    arch/x86_64/apic arch/x86_64/serial debug/panic debug/print debug/symbols lib/format main \
    root_elf root_start root_task
# So is what is done seldom, or waits for another CPU anyway.
for_size += cap/destroy cap/object cpu/away cpu/grace cpu/inbox object/cpu \
    object/endpoint object/sched_context object/thread object/untyped
$(for_size:%=build/obj/kernel/%.o): private OPTIMIZE := -Os

# Only this file knows the commit, so that a commit compiles one file and links.
BUILD_NAME = $(build_name) gcc $(compiler_version) $(OPTIMIZE)
build/obj/kernel/debug/build.o: private KERNEL_FLAGS += -DMARCONA_BUILD='"$(BUILD_NAME)"'
build/obj/kernel/debug/build.o: build/flags/BUILD_NAME

# --- the ABI --------------------------------------------------------------------------------------

# What follows from the lists in kernel/abi: headers and the manual. One that comes out the same
# keeps its time, so `made` stands for them, and only what changed compiles anew.
.PHONY: manual
abi_headers := build/gen/libsys/invoke.h build/gen/kernel/abi/hash.h

build/gen/made: tools/abi-gen tools/page.py $(wildcard kernel/abi/*.def)
	$(call say,ABI,build/gen)
	$(Q)tools/abi-gen build
	@touch $@

manual: build/manual.html
$(abi_headers) build/manual.html: build/gen/made ;
