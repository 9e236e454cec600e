# SPDX-License-Identifier: BSD-2-Clause
# The sysroot of users' programs, build/sysroot: bin/x86_64-marcona-gcc and its fellows, include/,
# lib/. newlib comes from the cache (tools/newlib), the system layer in this directory is compiled
# by its own compiler into lib/libmarcona.a, without which no program links.

.PHONY: sysroot
sysroot_dir := build/sysroot
sysroot := build/sysroot/made
MARCONA_CC := $(sysroot_dir)/bin/x86_64-marcona-gcc
newlib_here := libsys/newlib
newlib_headers := $(shell find $(newlib_here)/include -name '*.h')
# Members of newlib's libc.a whose functions the layer has itself.
newlib_replaced := _isatty clock closedir creat dirfd environ execl execle execlp execv execve \
    execvp getreent isatty lock memcpy memset mktemp opendir posix_spawn readdir readdir_r rename \
    rewinddir scandir seekdir sleep system telldir usleep wordexp wordfree
# What else of libsys the layer is made of.
newlib_shared := libsys/names.c libsys/rpc_client.c libsys/rpc_names.c

PROGRAM_FLAGS := -std=gnu11 -O2 -g -D_GNU_SOURCE $(filter-out -Wundef,$(WARNINGS)) -I. -Ibuild/gen \
    -ffunction-sections -fdata-sections -fno-strict-aliasing -fno-tree-loop-distribute-patterns \
    -fomit-frame-pointer

build/newlib: tools/newlib $(newlib_here)/newlib.patch $(newlib_here)/marcona-gcc $(newlib_headers)
	@mkdir -p $(@D)
	$(Q)MARCONA_CACHE='$(MARCONA_CACHE)' tools/newlib >$@.new
	$(Q)mv $@.new $@

# Headers, libraries of newlib, and the tools, which find all that beside them.
build/sysroot/installed: build/newlib $(newlib_headers) $(newlib_here)/marcona-gcc \
    $(newlib_here)/marcona.specs $(newlib_here)/program.ld $(newlib_here)/build.mk
	$(call say,ROOT,$(sysroot_dir))
	$(Q)rm -rf $(sysroot_dir)/include $(sysroot_dir)/bin
	$(Q)mkdir -p $(sysroot_dir)/bin $(sysroot_dir)/lib
	$(Q)cp -r "$$(cat build/newlib)/include" $(sysroot_dir)/include
	$(Q)cp -r $(newlib_here)/include/. $(sysroot_dir)/include
	$(Q)cp "$$(cat build/newlib)"/lib/lib[cm].a $(newlib_here)/program.ld $(sysroot_dir)/lib
	$(Q)$(AR) d $(sysroot_dir)/lib/libc.a $(newlib_replaced:%=lib_a-%.o)
	$(Q)cp $(newlib_here)/marcona.specs $(sysroot_dir)/lib
	$(Q)sed 's,^\(.*}\|\) *[^ ]* *[^ ]* *[^ ]* */\* pie: \(.*\) \*/$$,\1 \2,' \
	    $(newlib_here)/program.ld >$(sysroot_dir)/lib/pie.ld
	$(Q)sed 's,@INCLUDE@,$(compiler_include),' $(newlib_here)/marcona-gcc >$(MARCONA_CC)
	$(Q)chmod +x $(MARCONA_CC)
	$(Q)ln -sf x86_64-marcona-gcc $(sysroot_dir)/bin/x86_64-marcona-cc
	$(Q)for tool in ar ranlib ld nm strip objcopy objdump size readelf strings as; do \
	    ln -sf "$$(command -v $$tool)" $(sysroot_dir)/bin/x86_64-marcona-$$tool; done
	@touch $@

# What objects depend on: it changes only with the headers' contents and the compiler's options.
build/sysroot/headers: build/sysroot/installed
	$(Q)cd $(sysroot_dir) && find include bin/x86_64-marcona-gcc -type f | LC_ALL=C sort | \
	    xargs sha256sum >headers.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/obj/program/%.o: %.c build/sysroot/headers build/flags/PROGRAM_FLAGS | build/gen/made
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(MARCONA_CC) $(PROGRAM_FLAGS) -MMD -MP -c -o $@ $<

build/obj/program/%.o: %.S build/sysroot/headers build/flags/PROGRAM_FLAGS | build/gen/made
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(MARCONA_CC) $(PROGRAM_FLAGS) -MMD -MP -c -o $@ $<

newlib_crt0 := build/obj/program/$(newlib_here)/crt0.o
newlib_objects := $(filter-out $(newlib_crt0),$(addprefix build/obj/program/,$(addsuffix .o,\
    $(basename $(call sources,$(newlib_here)) $(newlib_shared)))))

# No vector registers: see string.c.
build/obj/program/libsys/%.o: private PROGRAM_FLAGS += -mgeneral-regs-only

# The list of objects is in this file: one that is new to it may be older than the archive.
$(sysroot_dir)/lib/libmarcona.a: $(newlib_objects) $(newlib_here)/build.mk
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)

$(sysroot): $(sysroot_dir)/lib/libmarcona.a $(newlib_crt0) build/sysroot/installed
	$(Q)cp $(newlib_crt0) $(sysroot_dir)/lib/crt0.o
	@touch $@

sysroot: $(sysroot)
