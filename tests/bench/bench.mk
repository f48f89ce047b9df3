# bench - Rollcall beside the queues that people would pick instead. BENCH_COUNT, BENCH_REPEAT
# and the other settings are explained at the head of tests/bench/bench.py.
.PHONY: bench peers recovery polls
bench_bins := $(BUILD)/rollcalld-bench $(BUILD)/bench_push $(BUILD)/delay_proxy \
	$(BUILD)/beanstalkd_peer

# No library but C's, so that their memory is their own.
$(BUILD)/delay_proxy: $(BUILD)/tests/bench/delay_proxy.o
	@echo "  link  $@"; $(CC) $(ldflags) -o $@ $<
$(BUILD)/beanstalkd_peer: $(BUILD)/tests/bench/peers/beanstalkd_peer.o
	@echo "  link  $@"; $(CC) $(ldflags) -o $@ $<

peers:
	@sh tests/bench/peers/setup.sh $(BUILD)/peers

bench: setup peers
	@$(MAKE) --no-print-directory $(bench_bins)
	@python3 tests/bench/bench.py $(BUILD)

# How soon work goes on; tests/bench/recovery.py has more words.
recovery: setup
	@$(MAKE) --no-print-directory all $(BUILD)/rollcalld-bench
	@BUILD=$(BUILD) python3 tests/bench/recovery.py

# What one rollcall-web carries; tests/bench/web_polls.py has more words.
$(BUILD)/web_polls: $(BUILD)/tests/bench/web_polls.o
	@echo "  link  $@"; $(CC) $(ldflags) -o $@ $<
polls: setup
	@$(MAKE) --no-print-directory all $(BUILD)/web_polls
	@BUILD=$(BUILD) python3 tests/bench/web_polls.py

# How fast a roster is read; tests/bench/import_speed.py has more words.
.PHONY: import-speed
$(BUILD)/import_speed: $(BUILD)/tests/bench/import_speed.o $(call archives,roster base)
	$(link)
import-speed: setup
	@$(MAKE) --no-print-directory $(BUILD)/import_speed
	@BUILD=$(BUILD) python3 tests/bench/import_speed.py
