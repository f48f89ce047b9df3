# Rollcall. make demo and make check set up what they need; make help lists the rest.

BUILD   ?= build
CC      ?= gcc
prefix  ?= /usr/local
VERSION := 0.1

pkgs     := libuv hiredis libcurl jansson libmicrohttpd libsodium libcrypto libzip libutf8proc
have      = $(shell pkg-config --exists $(1) 2>/dev/null && echo 1)
pkg_cflags := $(shell pkg-config --cflags $(pkgs) 2>/dev/null | sed 's/-I/-isystem /g; s/-D_FILE_OFFSET_BITS=64//')
pkg_libs := $(shell pkg-config --libs $(pkgs) 2>/dev/null) -linih -ljose

# rediss:// needs hiredis 1.0 or newer (Debian 13); without it the program says so.
ifeq ($(call have,hiredis_ssl),1)
pkg_cflags += -DHAVE_HIREDIS_SSL
pkg_libs += $(shell pkg-config --libs hiredis_ssl libssl)
endif

# The worker holds thousands of small things for minutes among short-lived large ones, which
# jemalloc keeps apart; without it the same program needs about twice the memory.
ifeq ($(call have,jemalloc)$(SANITIZE),1)
worker_libs := $(shell pkg-config --libs jemalloc)
endif

# WERROR is set in CI, so that a new compiler's new warning stops no user; not with the
# sanitizers, which make gcc see ghosts.
WERROR   ?= $(if $(CI),$(if $(SANITIZE),,-Werror))
warnings := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef -Wunused-result -Wvla $(WERROR)
harden   ?= -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
CFLAGS   ?= -g
cflags    = -std=gnu11 $(CFLAGS) $(harden) -fPIE $(warnings) $(SANITIZE) -MMD -MP \
	-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' $(pkg_cflags)
ldflags   = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SANITIZE) $(LDFLAGS)

# Each folder of src is an archive. below_X is what X may call: a wrong call does not link.
layers       := base io queue graph roster records worker web cli
below_base   :=
below_io     := base
below_queue  := io base
below_graph  := io base
below_roster := base
below_records := io base
below_worker := records roster graph queue io base
below_web    := records roster graph queue io base
below_cli    := records roster graph queue io base
archive       = $(BUILD)/lib$(1).a
archives      = $(foreach l,$(1),$(call archive,$(l)))

src_base    := $(wildcard src/base/*.c)
src_io      := $(wildcard src/io/*.c)
src_queue   := $(wildcard src/queue/*.c)
src_graph   := $(wildcard src/graph/*.c)
src_roster  := $(wildcard src/roster/*.c)
src_records := $(wildcard src/records/*.c)
src_worker  := $(filter-out src/worker/main.c,$(wildcard src/worker/*.c))
src_web     := $(filter-out src/web/main.c,$(wildcard src/web/*.c))
src_cli     := $(filter-out src/cli/main.c,$(wildcard src/cli/*.c))
src_jobs    := $(wildcard jobs/*.c)
src_emulator := $(filter-out tests/emulator/main.c,$(wildcard tests/emulator/*.c))
src_harness := $(wildcard tests/harness/*.c)
objects      = $(patsubst %.c,$(BUILD)/%.o,$(1))

programs := $(if $(wildcard src/worker/main.c),$(BUILD)/rollcalld) \
	$(if $(wildcard src/cli/main.c),$(BUILD)/rollcall) \
	$(if $(wildcard src/web/main.c),$(BUILD)/rollcall-web) \
	$(if $(wildcard tests/emulator/main.c),$(BUILD)/rollcall-emulator)

.PHONY: all setup demo check help
all: $(programs)

# ---- compile ---------------------------------------------------------------------------
$(BUILD)/src/%.o: src/%.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(cflags) -Iinclude -I$(<D) -I$(BUILD)/gen -c -o $@ $<

$(BUILD)/jobs/%.o: jobs/%.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(cflags) -Iinclude -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(CC) $(cflags) -Iinclude -Itests/harness -Itests/emulator -I$(BUILD)/gen \
		$(foreach l,$(layers),-Isrc/$(l)) -c -o $@ $<

define archive_rule
$(call archive,$(1)): $(call objects,$(src_$(1)))
	@rm -f $$@; ar rcs $$@ $$^
endef
$(foreach l,$(layers) jobs emulator harness,$(eval $(call archive_rule,$(l))))

# ---- link ------------------------------------------------------------------------------
link = @echo "  link  $@"; $(CC) $(ldflags) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(more_libs) $(pkg_libs)

$(BUILD)/rollcalld: more_libs = $(worker_libs)
$(BUILD)/rollcalld: $(BUILD)/src/worker/main.o $(call archives,worker jobs $(below_worker))
	$(link)
$(BUILD)/rollcall: $(BUILD)/src/cli/main.o $(call archives,cli $(below_cli))
	$(link)
$(BUILD)/rollcall-web: $(BUILD)/src/web/main.o $(call archives,web $(below_web))
	$(link)
$(BUILD)/rollcall-emulator: $(BUILD)/tests/emulator/main.o $(call archives,emulator io base)
	$(link)

# ---- what is generated -----------------------------------------------------------------
lua := $(sort $(wildcard src/queue/lua/*.lua))
$(BUILD)/gen/library.h: $(lua)
	@mkdir -p $(@D)
	@{ echo '#!lua name=rollcall1'; echo "local BUILD = '$$(cat $(lua) | cksum | cut -d' ' -f1)'"; \
	   cat $(lua); } > $(BUILD)/gen/library.lua
	@{ echo 'static const char library_code[] = {'; \
	   od -An -v -tx1 $(BUILD)/gen/library.lua | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	   echo '0};'; \
	   echo "#define LIBRARY_BUILD \"$$(cat $(lua) | cksum | cut -d' ' -f1)\""; \
	 } > $@
$(BUILD)/src/queue/library.o $(BUILD)/src/cli/doctor_queue.o \
$(BUILD)/tests/unit/test_connections_change.o: $(BUILD)/gen/library.h

pages := src/web/pages.sh src/web/openapi.json $(wildcard src/web/pages/*)
$(BUILD)/gen/page_data.h: $(pages)
	@sh src/web/pages.sh src/web/pages $(abspath $(BUILD))/gen
$(BUILD)/src/web/page_files.o: $(BUILD)/gen/page_data.h

# ---- tests -----------------------------------------------------------------------------
# A unit test of a layer links that layer and those below it; flow and system link all.
unit_of   = $(firstword $(foreach l,$(layers),$(if $(wildcard src/$(l)/$(1).c),$(l))) \
	$(if $(wildcard src/queue/lua/??_$(1).lua),queue) $(unit_of_$(1)))
unit_of_storm := queue
units    := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))
unit_bins := $(patsubst %,$(BUILD)/unit/test_%,$(units))
define unit_rule
$(BUILD)/unit/test_$(1): $(BUILD)/tests/unit/test_$(1).o \
    $(call archives,harness $(call unit_of,$(1)) $(below_$(call unit_of,$(1))))
	@mkdir -p $$(@D)
	$$(link)
endef
$(foreach u,$(units),$(eval $(call unit_rule,$(u))))

-include tests/check.mk

define layer_check
	@$(CC) -pie -fPIE $(SANITIZE) -o $(BUILD)/nothing $(BUILD)/nothing.c \
		-Wl,--whole-archive $(call archive,$(1)) -Wl,--no-whole-archive \
		-Wl,--start-group $(call archives,$(below_$(1))) -Wl,--end-group $(pkg_libs) \
		|| { echo "layers: src/$(1) calls upward or across"; exit 1; }

endef
layered := $(foreach l,$(filter-out worker,$(layers)),$(if $(src_$(l)),$(l)))
$(BUILD)/layers.stamp: $(call archives,$(layers))
	@echo 'int main(void) { return 0; }' > $(BUILD)/nothing.c
	$(foreach l,$(layered),$(call layer_check,$(l)))
	@touch $@
all: $(BUILD)/layers.stamp

# ---- see it work -----------------------------------------------------------------------
demo: setup
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(BUILD) ONCE=$(ONCE) python3 tests/system/demo.py

# ---- setting up ------------------------------------------------------------------------
setup:
	@sh config/setup.sh

# ---- installing ------------------------------------------------------------------------
# The example file and the key list of the manual come from the settings table.
$(BUILD)/rollcall.conf: $(BUILD)/rollcalld
	@$(BUILD)/rollcalld --example > $@
config/rollcall.conf: $(BUILD)/rollcall.conf
	@cmp -s $< $@ || cp $< $@

manuals: $(patsubst src/man/%,$(BUILD)/man/%,$(wildcard src/man/*.[1-8]))
$(BUILD)/man/%: src/man/% $(BUILD)/rollcalld
	@mkdir -p $(@D)
	@$(BUILD)/rollcalld --manual | sed -e '/@settings@/{r /dev/stdin' -e 'd}' $< > $@

bin  := $(DESTDIR)$(prefix)/bin
man  := $(DESTDIR)$(prefix)/share/man
etc  := $(DESTDIR)/etc/rollcall
unit := $(DESTDIR)$(prefix)/lib/systemd/system
# What stands in /etc belongs to the operator: it is put there once and never overwritten.
keep = [ -e $(etc)/$(2) ] || install -m $(1) config/$(2) $(etc)/$(2)
.PHONY: install clean manuals
install: all config/rollcall.conf manuals
	install -d $(bin) $(etc) $(unit) $(man)/man1 $(man)/man5 $(man)/man7 $(man)/man8 \
		$(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d \
		$(DESTDIR)$(prefix)/share/doc/rollcall
	install -m 755 $(filter-out %-emulator,$(programs)) $(bin)
	install -m 644 $(BUILD)/man/*.1 $(man)/man1
	install -m 644 $(BUILD)/man/*.5 $(man)/man5
	install -m 644 $(BUILD)/man/*.7 $(man)/man7
	install -m 644 $(BUILD)/man/*.8 $(man)/man8
	$(call keep,640,rollcall.conf)
	$(call keep,644,redis.conf)
	$(call keep,640,users.acl)
	install -m 644 config/redis.conf config/users.acl $(DESTDIR)$(prefix)/share/doc/rollcall
	sed 's|@prefix@|$(prefix)|g' systemd/rollcalld.service > $(unit)/rollcalld.service
	sed 's|@prefix@|$(prefix)|g' systemd/rollcall-web.service > $(unit)/rollcall-web.service
	install -m 644 systemd/rollcall.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/rollcall.conf
	install -m 644 systemd/rollcall.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/rollcall.conf

clean:
	rm -rf build

help:
	@echo "make demo            see it work: Redis, Microsoft's side, a worker, a sample school"
	@echo "make check           every test; make unit: those of the modules alone"
	@echo "make asan valgrind   the tests again under a checker"
	@echo "make fuzz            what strangers send, made up (SECONDS_EACH=60)"
	@echo "make check-trixie    every test in a Debian 13 root, with TLS to Redis; as root"
	@echo "make chaos           twenty schools at work while everything dies (MINUTES=5)"
	@echo "make recovery        how soon work goes on after something died; 15 minutes"
	@echo "make bench           beside other queues, into RESULTS.md; half an hour"
	@echo "make lint            clang-format, clang-tidy, cppcheck, the layers"
	@echo "make setup           the packages, with apt"
	@echo "make install         DESTDIR and prefix are respected"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
