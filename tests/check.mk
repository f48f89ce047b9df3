# check - the test targets. tests/README.md says which suite answers which question.
.PHONY: check check-trixie asan valgrind fuzz lint unit
suites  = python3 tests/harness/all.py --build $(BUILD)

fuzzers := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
replays := $(patsubst %,$(BUILD)/fuzz/replay_%,$(fuzzers))
below_all := $(call archives,web worker jobs records roster graph queue io base)

# Each corpus file is read again by the same code that the fuzzer drives.
$(BUILD)/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(below_all)
	@mkdir -p $(@D)
	$(link)

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(below_all)
	@mkdir -p $(@D)
	clang $(filter-out -fstack-clash-protection,$(cflags)) -fsanitize=fuzzer,address,undefined \
		-Iinclude $(foreach l,$(layers),-Isrc/$(l)) -o $@ $< -Wl,--start-group $(below_all) \
		-Wl,--end-group $(pkg_libs)

# The worker with nothing to do, and a portal that gives it just that.
$(BUILD)/rollcalld-bench: more_libs = $(worker_libs)
$(BUILD)/rollcalld-bench: $(BUILD)/src/worker/main.o $(BUILD)/tests/bench/no_op.o \
    $(call archives,worker $(below_worker))
	$(link)
$(BUILD)/bench_push: $(BUILD)/tests/bench/bench_push.o
	$(link)

# The worker with jobs that kill it, hang it or wait, for what its supervisor has to answer.
$(BUILD)/rollcalld-bad: $(BUILD)/src/worker/main.o $(BUILD)/tests/system/bad_jobs.o \
    $(call archives,worker $(below_worker))
	$(link)

# What the rig preloads into a supervisor under valgrind.
$(BUILD)/exec_self.so: tests/system/exec_self.c
	@mkdir -p $(@D)
	@echo "  link  $@"; $(CC) $(cflags) -fPIC -shared -o $@ $<

.SECONDARY:
everything: all $(unit_bins) $(replays) $(BUILD)/rollcalld-bench $(BUILD)/bench_push \
    $(BUILD)/rollcalld-bad $(BUILD)/exec_self.so
.PHONY: everything

check: setup
	@$(MAKE) --no-print-directory everything
	@$(suites)

unit:
	@$(MAKE) --no-print-directory everything
	@$(suites) --only unit

# The same suites with the same programs, built to notice what goes wrong unnoticed: they reckon
# more than they wait.
asan: setup
	@$(MAKE) --no-print-directory BUILD=build/asan harden=-O1 \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined" everything
	@TEST_PATIENCE=4 ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 \
		python3 tests/harness/all.py --build build/asan --at-once 2 $(ASAN_SUITES)

valgrind: setup
	@$(MAKE) --no-print-directory everything
	@TEST_PATIENCE=20 ROLLCALL_UNDER="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" \
		$(suites) --at-once 2 --only unit --only fuzz --only flow

# Everything dies, stops and refuses at random; tests/system/chaos.py has more words.
.PHONY: chaos
MINUTES ?= 5
chaos: setup
	@$(MAKE) --no-print-directory all
	@BUILD=$(BUILD) python3 tests/system/chaos.py $(MINUTES)

# Everything again on Debian 13, where Redis is spoken to with TLS; tests/trixie.sh tells how.
TRIXIE ?= build/trixie
check-trixie:
	@sh tests/trixie.sh $(TRIXIE) check

fuzz: setup
	@$(MAKE) --no-print-directory BUILD=build/fuzzing CC=clang harden=-O1 \
		SANITIZE="-fsanitize=fuzzer-no-link,address,undefined" \
		$(patsubst %,build/fuzzing/fuzz/fuzz_%,$(fuzzers))
	@for f in $(fuzzers); do mkdir -p build/fuzzing/corpus/$$f; \
		build/fuzzing/fuzz/fuzz_$$f -max_total_time=$${SECONDS_EACH:-60} \
		build/fuzzing/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done

c_files := $(shell git ls-files '*.c' '*.h' 2>/dev/null)
job_headers := $(shell ls jobs/*.h | sed 's,jobs/\(.*\)\.h,|\1,' | tr -d '\n')
lint: setup $(BUILD)/gen/library.h $(BUILD)/gen/page_data.h
	@echo "clang-format"; clang-format --dry-run -Werror $(filter %.c,$(c_files))
	@echo "clang-tidy"; echo $(filter src/% jobs/%,$(filter %.c,$(c_files))) | tr ' ' '\n' | \
		xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$$@" -- -std=gnu11 -D_GNU_SOURCE \
		-D_FILE_OFFSET_BITS=64 -DVERSION=\"0\" -Iinclude -I$(BUILD)/gen \
		$(foreach l,$(layers),-Isrc/$(l)) $(pkg_cflags) 2>&1 | \
		grep -v -E "warnings? (generated|treated)|^Suppressed|^Use -header" && exit 1 || exit 0' lint
	@echo "cppcheck"; cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--inline-suppr --error-exitcode=1 --suppressions-list=tests/cppcheck.txt \
		-Iinclude -D__GNUC__ src jobs
	@echo "what a job may see"; ! grep -nE '#include "' jobs/*.c jobs/*.h | grep -vE \
		'"(job|graph|roster|records|json|err|buf|naming|owners|reasons|exceptions$(job_headers))\.h"'
	@echo "banned calls"; ! grep -nE '(^|[^a-zA-Z_.>])(sprintf|vsprintf|strcpy|strcat|strncpy|strtok|atoi|atol|atof|gets|alloca)[ ]*\(' \
		$(filter src/% jobs/%,$(c_files))
	@[ ! -f ../shared/tools/house.py ] || python3 ../shared/tools/house.py .

include tests/bench/bench.mk
