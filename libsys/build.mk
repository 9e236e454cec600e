# SPDX-License-Identifier: BSD-2-Clause
# The library of every user program, build/libsys.a, start-up code included.

libsys_objects := $(call objects,$(call sources,libsys))

build/libsys.a: $(libsys_objects)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^
