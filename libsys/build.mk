# SPDX-License-Identifier: BSD-2-Clause
# The library of every user program, build/libsys.a, start-up code included.

# The C library of users' programs has a build of its own: libsys/newlib.
libsys_objects := $(call objects,$(filter-out libsys/newlib/%,$(call sources,libsys)))

build/libsys.a: $(libsys_objects)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

# What follows from the protocols, libsys/*.idl. It is made before anything is compiled.
build/gen/made: build/gen/idl-made
build/gen/idl-made: tools/idl-gen tools/page.py $(wildcard tools/idl/*.py libsys/*.idl)
	$(call say,IDL,build/gen)
	$(Q)tools/idl-gen build
	@touch $@

# One that comes out the same keeps its time; this rule makes make look again.
idl_headers := $(foreach name,$(patsubst libsys/%.idl,%,$(wildcard libsys/*.idl)),$(addprefix \
    build/gen/libsys/$(name),_protocol.h _client.h _server.h _hostile.h))
$(idl_headers) build/gen/libsys/rpc_tables.h build/gen/libsys/rpc_probes.h: build/gen/idl-made ;
