# SPDX-License-Identifier: BSD-2-Clause
# The library of every user program, build/libsys.a, start-up code included.

libsys_objects := $(call objects,$(call sources,libsys))

build/libsys.a: $(libsys_objects)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

# What follows from the lists in kernel/abi: headers under build/gen and build/manual.html. Files that
# come out the same keep their time, so `made` stands for them.
build/gen/made: tools/abi-gen $(wildcard kernel/abi/*.def)
	$(call say,ABI,build/gen)
	$(Q)tools/abi-gen build
	@touch $@
