# SPDX-License-Identifier: BSD-2-Clause
# Our own programs for users, one for each directory here, and the tree that the system boots with,
# build/root: those, the packages, and the files of boot/root.

.PHONY: root
own_programs := marcona bench tiny
marcona_names := dmesg free halt hostname mount nproc poweroff ps reboot services session stty top \
    umount uptime
root_files := $(shell find boot/root -type f)
root := build/root.made

own_objects = $(addprefix build/obj/program/,$(addsuffix .o,$(basename $(call sources,$(1)))))

build/bin/%: $$(call own_objects,boot/bin/$$*) $(sysroot)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(MARCONA_CC) -Wl,--gc-sections -o $@ $(filter %.o,$^)

# Only files of this list are written, so that those of packages stay.
$(root): $(own_programs:%=build/bin/%) $(packages) $(root_files) boot/bin/build.mk
	$(call say,ROOT,build/root)
	$(Q)mkdir -p build/root/bin build/root/lib/bench build/root/tmp build/root/home/user
	$(Q)cp -r boot/root/. build/root
	$(Q)strip -o build/root/bin/marcona build/bin/marcona
	$(Q)strip -o build/root/bin/bench build/bin/bench
	$(Q)strip -o build/root/lib/bench/tiny build/bin/tiny
	$(Q)for name in $(marcona_names); do ln -sf marcona build/root/bin/$$name; done
	$(Q)chmod 1777 build/root/tmp
	@touch $@

root: $(root)
