# SPDX-License-Identifier: BSD-2-Clause
# One program for each directory here: servers/NAME/ becomes build/servers/NAME.elf.

server_names := $(sort $(patsubst servers/%/,%,$(wildcard servers/*/)))
servers := $(server_names:%=build/servers/%.elf)

build/servers/%.elf: $$(call objects,$$(call sources,servers/$$*)) build/libsys.a libsys/link.ld
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(link_program)

# A program is linked at a fixed address by the library's linker script. What is booted is a copy
# without symbols, build/boot/…: a module's memory is taken for good.
link_program = $(LD) $(LINK_FLAGS) -T libsys/link.ld -o $@ $(filter %.o,$^) build/libsys.a && \
    mkdir -p $(@D:build/%=build/boot/%) && $(STRIP) -o $(@:build/%=build/boot/%) $@

# The root task is never given back, and runs when programs start and end: small is better.
build/obj/servers/root/%.o: OPTIMIZE := -Os
