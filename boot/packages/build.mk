# SPDX-License-Identifier: BSD-2-Clause
# Programs of others, from Debian's sources: boot/packages/NAME/recipe, made by tools/package.
# What users get of them lies in build/root. Packages that use another's archive are named below.

.PHONY: packages
package_names := $(patsubst boot/packages/%/recipe,%,$(wildcard boot/packages/*/recipe))
packages := $(package_names:%=build/packages/%/link.done)

build/packages/%/compile.done: boot/packages/%/recipe $$(wildcard boot/packages/$$*/*) \
    tools/package tools/source build/sysroot/headers
	$(call say,PKG,$*)
	$(Q)MARCONA_CACHE='$(MARCONA_CACHE)' tools/package $* compile

build/packages/%/link.done: build/packages/%/compile.done $(sysroot)
	$(call say,LINK,$*)
	$(Q)tools/package $* link

build/packages/dash/compile.done build/packages/lua/compile.done: \
    build/packages/libedit/compile.done

packages: $(packages)
