# delta-tools. Sources are found by wildcard; adding a file needs no change here.
#
#   make            libraries and commands, in build/release
#   make check      every test; `make check TESTS=tests/diff.bats` only these
#   make san        the same tests, built with the address and undefined behaviour sanitizers
#                   (of clang, which sees more, where it is there)
#   make fuzz       every fuzz target for FUZZ_SECONDS, with FUZZ_FLAGS for libFuzzer
#   make faults     every command with each allocation and each system call failing in turn
#   make growth     counts instructions: work that grows faster than its input (GROWTH_FLAGS)
#   make bench      speed and size, beside other tools; `make bench TABLES=read` only that table
#   make lint install uninstall dist package clean

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
DATADIR ?= $(PREFIX)/share/delta-tools
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
VARIANT := release
BUILD := build/$(VARIANT)
FUZZ_SECONDS ?= 20
FUZZ_FLAGS ?=
GROWTH_FLAGS ?=
TESTS :=

VERSION := $(shell sed -n 's/^.define DELTA_VERSION "\(.*\)"/\1/p' lib/include/delta.h)
SOVERSION := 0

# ---- Flags: the ones that people set, then the ones that the sources need ----------------------

CFLAGS ?= -O2 -g
OBJCOPY ?= objcopy
NM ?= nm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
# One section a function, so that a command carries only what it calls.
LANGUAGE := -std=c11 -D_GNU_SOURCE -pthread -fvisibility=hidden -ffunction-sections -fdata-sections
# The library sees its groups and the public header; the commands see the public header only.
LIB_INCLUDE := -Ilib -Ilib/include
CMD_INCLUDE := -Icmd -Ilib/include

ifeq ($(VARIANT),release)
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
HARDEN += -fcf-protection
endif
HARDEN_LD := -Wl,-z,relro,-z,now -Wl,-z,noexecstack
SANITIZE :=
else ifeq ($(VARIANT),san)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
override CFLAGS := -O1 -g
ifeq ($(origin CC),default)
CC := $(or $(shell command -v clang),cc)
endif
else ifeq ($(VARIANT),fuzz)
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
override CFLAGS := -O1 -g
override CC := clang
else
$(error VARIANT is $(VARIANT), not release, san or fuzz)
endif

ALL_CFLAGS := $(LANGUAGE) $(WARN) $(HARDEN) $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS := -pthread -Wl,--gc-sections -Wl,--as-needed $(HARDEN_LD) $(SANITIZE) $(LDFLAGS)

# A command starts in a third less time when it need not load libraries, so those that Debian has
# as archives are linked in. libdelta.so uses the shared ones, but for zstd: what is used of it is
# partly its static API, which zstd.h forbids to use across the boundary of a shared library.
# libdivsufsort is not linked at all: it is loaded when a binary patch is made.
archive = $(or $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a)),-l$(1))
ZSTD := $(call archive,zstd)
SHARED_LIBS := $(ZSTD) -lbz2 -ljansson -lutf8proc
LIBS := $(ZSTD) $(foreach library,bz2 jansson utf8proc,$(call archive,$(library)))
# What a program needs that links libdelta.a.
PRIVATE_LIBS := -l:libzstd.a -lbz2 -ljansson -lutf8proc

# ---- What there is -----------------------------------------------------------------------------

LIB_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard lib/*/*.c)))
CMD_SRC := $(sort $(wildcard cmd/delta-*.c))
COMMANDS := $(patsubst cmd/%.c,$(BUILD)/%,$(CMD_SRC))
SHARED_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard cmd/*/*.c))) $(BUILD)/cmd/html/page_parts.o
UNIT := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/test-*.c)))
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz-%.c,%,$(sort $(wildcard tests/fuzz/fuzz-*.c)))
BENCH := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))
REPLAY := $(addprefix $(BUILD)/tests/fuzz/replay-,$(FUZZ_NAMES))
RULES := $(sort $(wildcard cmd/rules/*))
SCHEMAS := $(sort $(wildcard cmd/*/*.schema.json))
RECIPES := $(sort $(wildcard scripts/recipes/*))
# Commands that are scripts: git runs `git-NAME` for `git NAME`.
COMMAND_SCRIPTS := $(BUILD)/git-delta-setup
MAN := $(sort $(wildcard man/*.[1357]))

COMPLETIONS := $(foreach command,$(notdir $(COMMANDS)),$(addprefix $(BUILD)/completions/, \
	bash/$(command) zsh/_$(command) fish/$(command).fish))

all: $(BUILD)/libdelta.a $(BUILD)/libdelta.so $(BUILD)/delta.pc $(COMMANDS) $(COMMAND_SCRIPTS) \
	$(COMPLETIONS) $(patsubst cmd/%,$(BUILD)/%,$(RULES))

tests: all $(UNIT) $(REPLAY) $(BUILD)/tests/faults.so

# Rewritten when compiler or flags change, and everything is then built again.
FLAGS := $(CC) | $(ALL_CFLAGS) | $(ALL_LDFLAGS) | $(LIBS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@

$(BUILD)/lib/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(LIB_INCLUDE) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(BUILD)/cmd/%.o: cmd/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CMD_INCLUDE) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -I. $(LIB_INCLUDE) -Icmd $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

# Style and scripts of the pages, as bytes and with their hashes.
$(BUILD)/cmd/html/page_parts.c: scripts/embed cmd/html/page.css cmd/html/page.js cmd/html/report.js
	@mkdir -p $(@D)
	scripts/embed html/page_parts.h page_style=cmd/html/page.css page_script=cmd/html/page.js \
		report_script=cmd/html/report.js >$@

$(BUILD)/cmd/html/page_parts.o: $(BUILD)/cmd/html/page_parts.c $(BUILD)/flags
	$(CC) $(CMD_INCLUDE) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

# ---- The library -------------------------------------------------------------------------------

# One object in which everything but the public names is local, so that the archive takes no name
# from those who link it.
$(BUILD)/libdelta.a: $(LIB_OBJ)
	$(LD) -r -o $(BUILD)/libdelta.o $(LIB_OBJ)
	$(OBJCOPY) --localize-hidden $(BUILD)/libdelta.o
	@rm -f $@
	$(AR) rcsD $@ $(BUILD)/libdelta.o

$(BUILD)/libdelta.so.$(SOVERSION): $(LIB_OBJ) lib/delta.map
	$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=lib/delta.map $(ALL_LDFLAGS) -o $@ \
		$(LIB_OBJ) $(SHARED_LIBS)

$(BUILD)/libdelta.so: $(BUILD)/libdelta.so.$(SOVERSION)
	ln -sf $(<F) $@

$(BUILD)/delta.pc: lib/delta.pc.in lib/include/delta.h $(BUILD)/flags FORCE
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
		-e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@LIBS@|$(PRIVATE_LIBS)|' $< >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ---- The commands ------------------------------------------------------------------------------

$(COMMANDS): $(BUILD)/%: $(BUILD)/cmd/%.o $(SHARED_OBJ) $(BUILD)/libdelta.a
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $< $(SHARED_OBJ) $(BUILD)/libdelta.a $(LIBS)

# Profiles of --rules, where a command that was not installed looks for them.
$(BUILD)/rules/%: cmd/rules/%
	@mkdir -p $(@D)
	cp $< $@

$(COMMAND_SCRIPTS): $(BUILD)/%: scripts/%
	@mkdir -p $(@D)
	install -m 755 $< $@

# What shells offer after the commands' names, made from what the commands say of their options.
complete = @mkdir -p $(@D) && $< --help=table | scripts/completions $(1) >$@

$(BUILD)/completions/bash/%: $(BUILD)/% scripts/completions
	$(call complete,bash)

$(BUILD)/completions/zsh/_%: $(BUILD)/% scripts/completions
	$(call complete,zsh)

$(BUILD)/completions/fish/%.fish: $(BUILD)/% scripts/completions
	$(call complete,fish)

# ---- Tests -------------------------------------------------------------------------------------

# The library with its hidden names, for tests of modules. An archive of its own, so that a test
# links only the modules that it reaches.
$(BUILD)/tests/modules.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcsD $@ $(LIB_OBJ)

# What the commands share, likewise.
$(BUILD)/tests/shared.a: $(SHARED_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcsD $@ $(SHARED_OBJ)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/tests/shared.a $(BUILD)/tests/modules.a
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $< $(BUILD)/tests/shared.a $(BUILD)/tests/modules.a $(LIBS)

$(BUILD)/tests/fuzz/replay-%: $(BUILD)/tests/fuzz/fuzz-%.o $(BUILD)/tests/fuzz/replay.o \
		$(BUILD)/tests/shared.a $(BUILD)/tests/modules.a
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS)

$(BUILD)/tests/fuzz/fuzz-%: $(BUILD)/tests/fuzz/fuzz-%.o $(BUILD)/tests/shared.a $(BUILD)/tests/modules.a
	$(CC) -pie $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o %.a,$^) $(LIBS)

# Preloaded into the commands: makes one allocation or system call fail.
$(BUILD)/tests/faults.so: tests/faults/faults.c
	@mkdir -p $(@D)
	$(CC) -shared -fPIC -O1 -Wall -Wextra -o $@ $< -ldl

faults: all $(BUILD)/tests/faults.so
	@PATH=$(abspath $(BUILD)):$$PATH tests/faults/run $(BUILD)/tests/faults.so

growth: all
	@scripts/growth $(GROWTH_FLAGS) $(BUILD)

check: tests
	@tests/run $(BUILD) $(TESTS)

# A build folder named by the caller holds a folder for each variant.
VARIANT_BUILD = $(if $(filter command,$(origin BUILD)),$(BUILD)/$(1),build/$(1))

san:
	@$(MAKE) VARIANT=san BUILD=$(call VARIANT_BUILD,san) check

fuzz:
	@$(MAKE) VARIANT=fuzz BUILD=$(call VARIANT_BUILD,fuzz) fuzz-run

fuzz-run: $(addprefix fuzz-run-,$(FUZZ_NAMES))

$(addprefix fuzz-run-,$(FUZZ_NAMES)): fuzz-run-%: $(BUILD)/tests/fuzz/fuzz-%
	@scripts/fuzz $< $(BUILD) $(FUZZ_SECONDS) $(FUZZ_FLAGS)

lint: all
	@NM='$(NM)' FLAGS='$(LANGUAGE) $(WARN)' scripts/lint $(BUILD)

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libdelta.a
	$(CC) -pie $(ALL_LDFLAGS) -o $@ $< $(BUILD)/libdelta.a $(LIBS)

# TABLES names some of the tables; all otherwise.
bench: all $(BENCH)
	@scripts/bench --build $(BUILD) $(TABLES)

# ---- Elsewhere ---------------------------------------------------------------------------------

INSTALLED = $(patsubst $(BUILD)/%,$(BINDIR)/%,$(COMMANDS) $(COMMAND_SCRIPTS)) $(INCLUDEDIR)/delta.h \
	$(LIBDIR)/libdelta.a $(LIBDIR)/libdelta.so $(LIBDIR)/libdelta.so.$(SOVERSION) \
	$(LIBDIR)/pkgconfig/delta.pc \
	$(patsubst cmd/rules/%,$(DATADIR)/rules/%,$(RULES)) \
	$(addprefix $(DATADIR)/,$(notdir $(SCHEMAS))) \
	$(patsubst scripts/%,$(DATADIR)/%,$(RECIPES)) \
	$(foreach page,$(MAN),$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	$(foreach command,$(notdir $(COMMANDS)), \
		$(BASHDIR)/$(command) $(ZSHDIR)/_$(command) $(FISHDIR)/$(command).fish)

install: all
	install -d $(addprefix $(DESTDIR),$(sort $(dir $(INSTALLED))))
	$(if $(COMMANDS),install -m 755 $(COMMANDS) $(COMMAND_SCRIPTS) $(DESTDIR)$(BINDIR))
	install -m 644 lib/include/delta.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BUILD)/libdelta.a $(BUILD)/libdelta.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)
	ln -sf libdelta.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libdelta.so
	install -m 644 $(BUILD)/delta.pc $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 $(RULES) $(DESTDIR)$(DATADIR)/rules
	install -m 644 $(SCHEMAS) $(DESTDIR)$(DATADIR)
	install -m 755 $(filter-out %.sql %.lua,$(RECIPES)) $(DESTDIR)$(DATADIR)/recipes
	install -m 644 $(filter %.sql %.lua,$(RECIPES)) $(DESTDIR)$(DATADIR)/recipes
	$(foreach n,1 3 5 7,$(if $(filter %.$(n),$(MAN)),\
		install -m 644 $(filter %.$(n),$(MAN)) $(DESTDIR)$(MANDIR)/man$(n) &&)) true
	$(if $(COMMANDS), \
		install -m 644 $(filter $(BUILD)/completions/bash/%,$(COMPLETIONS)) $(DESTDIR)$(BASHDIR) && \
		install -m 644 $(filter $(BUILD)/completions/zsh/%,$(COMPLETIONS)) $(DESTDIR)$(ZSHDIR) && \
		install -m 644 $(filter $(BUILD)/completions/fish/%,$(COMPLETIONS)) $(DESTDIR)$(FISHDIR))

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))

dist:
	@scripts/dist $(VERSION)

package:
	@MAKE='$(MAKE)' scripts/package $(call VARIANT_BUILD,package) $(VERSION)

clean:
	rm -rf $(if $(filter command,$(origin BUILD)),$(BUILD),build)

FORCE:
.PHONY: all tests check san faults growth fuzz fuzz-run lint bench install uninstall dist package clean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

-include $(LIB_OBJ:.o=.d) $(SHARED_OBJ:.o=.d) $(patsubst %.c,$(BUILD)/%.d,$(CMD_SRC)) \
	$(UNIT:=.d) $(BENCH:=.d) $(patsubst %,$(BUILD)/tests/fuzz/fuzz-%.d,$(FUZZ_NAMES)) $(BUILD)/tests/fuzz/replay.d
