/*
 * top - the queue as it moves: on a terminal a page that is drawn anew once a second,
 * elsewhere a line, with --json an object. Redis may go away meanwhile; Ctrl-C is the end.
 *
 * The page stands on the terminal's other screen, so that what was there comes back. Each line
 * is cut to the width, and what does not fit the height is counted.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "output.h"
#include "pause.h"
#include "record.h"
#include "top_look.h"

enum { EVERY_MS = 1000, WINDOW = 5, ROWS_STANDARD = 24, COUNT_MOST = 1000000 };

struct top {
	struct cli *cli;
	bool stopped;
	json_t *seen;			      /* owned; NULL while Redis is away */
	struct err error;		      /* why */
	int64_t ended[WINDOW], at_ms[WINDOW]; /* of the last looks */
	int looks;
	double rate; /* jobs that end in a second; below 0: not known yet */
};

/* The page while it is drawn. */
struct page {
	struct buf text;
	size_t columns, rows, left_out;
};

/* ---- looking ------------------------------------------------------------------------- */

/* look_at_rate compares with the look some seconds ago. */
static void look_at_rate(struct top *t)
{
	int64_t now_ms = clock_mono_ms(), ended = json_int(t->seen, "ended", 0);
	int oldest = t->looks < WINDOW ? 0 : t->looks % WINDOW;
	t->rate = -1;
	if (t->looks > 0 && now_ms > t->at_ms[oldest] && ended >= t->ended[oldest])
		t->rate = 1000.0 * (double)(ended - t->ended[oldest]) /
			  (double)(now_ms - t->at_ms[oldest]);
	t->ended[t->looks % WINDOW] = ended;
	t->at_ms[t->looks % WINDOW] = now_ms;
	t->looks++;
	json_object_set_new(t->seen, "per_second", t->rate < 0 ? json_null() : json_real(t->rate));
}

static void look(struct top *t)
{
	json_decref(t->seen);
	t->seen = top_look(t->cli, &t->error);
	if (t->seen)
		look_at_rate(t);
	else
		t->looks = 0;
}

/* ---- the page ------------------------------------------------------------------------ */

static size_t rows_of_terminal(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row < 4)
		return ROWS_STANDARD;
	return size.ws_row;
}

static void put(struct page *p, enum colour colour, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* put adds a line; the last row is kept for how many were left out. */
static void put(struct page *p, enum colour colour, const char *fmt, ...)
{
	char line[1024];
	va_list args;
	va_start(args, fmt);
	(void)!vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	if (p->rows <= 1) {
		p->left_out++;
		return;
	}
	p->rows--;
	(void)out_line(&p->text, colour, p->columns, line);
	buf_adds(&p->text, "\033[K\n");
}

static long long number(const struct top *t, const char *field)
{
	return (long long)json_int(t->seen, field, 0);
}

static const char *rate_text(const struct top *t, char text[32])
{
	(void)!snprintf(text, 32, t->rate < 10 ? "%.1f" : "%.0f", t->rate);
	return t->rate < 0 ? "?" : text;
}

static void put_numbers(const struct top *t, struct page *p)
{
	char rate[32], oldest[32];
	long long depth = number(t, "inbox") + number(t, "queued");
	put(p, PLAIN, "Depth      %lld  (%lld in the inbox, %lld queued)", depth,
	    number(t, "inbox"), number(t, "queued"));
	put(p, PLAIN, "Oldest     %s",
	    number(t, "oldest_ms") ? out_span(number(t, "oldest_ms"), oldest) : "-");
	put(p, PLAIN, "Rate       %s a second", rate_text(t, rate));
	put(p, PLAIN, "Running    %lld", number(t, "running"));
	put(p, PLAIN, "Waiting    %lld for Microsoft, %lld for their time",
	    number(t, "waiting_for_microsoft"), number(t, "waiting_for_their_time"));
	put(p, number(t, "dead") ? RED : PLAIN, "Dead       %lld%s", number(t, "dead"),
	    number(t, "dead") ? "  (rollcall dead)" : "");
}

static void put_pauses(const struct top *t, struct page *p)
{
	const json_t *pauses = json_list(t->seen, "paused");
	for (size_t i = 0; i < json_array_size(pauses); i++) {
		char text[512];
		pause_sentence(json_array_get(pauses, i), text, sizeof text);
		put(p, ORANGE, "Paused     %s", text);
	}
}

static void put_worker(const struct top *t, struct page *p, const json_t *worker)
{
	const json_t *jobs = json_list(worker, "jobs");
	int64_t now = json_int(t->seen, "now", 0);
	int64_t running = json_int(worker, "running", 0);
	char seen[32], title[512];
	put(p, BOLD, "%s  %lld running, seen %s ago", record_text(worker, "worker"),
	    (long long)running, out_span(now - json_int(worker, "seen", now), seen));
	for (size_t i = 0; i < json_array_size(jobs); i++) {
		const json_t *job = json_array_get(jobs, i);
		bool waits = json_bool(job, "waiting", false);
		record_title(job, title, sizeof title);
		put(p, waits ? ORANGE : PLAIN, "  %s%s", title, waits ? ", waits" : "");
	}
	if (running > (int64_t)json_array_size(jobs))
		put(p, GREY, "  and %lld more",
		    (long long)running - (long long)json_array_size(jobs));
}

static void put_page(const struct top *t, struct page *p)
{
	char now[32];
	put(p, BOLD, "Rollcall, queue %s, %s", t->cli->config.queue.name,
	    out_time(clock_wall_ms(), now));
	if (!t->seen) {
		put(p, RED, "Redis is away: %s", t->error.text);
		return;
	}
	put_pauses(t, p);
	put_numbers(t, p);
	put(p, PLAIN, "%s", "");
	const json_t *workers = json_list(t->seen, "workers");
	if (!json_bool(t->seen, "alive", false))
		put(p, RED, "No worker is online.");
	for (size_t i = 0; i < json_array_size(workers); i++)
		put_worker(t, p, json_array_get(workers, i));
}

static void draw(const struct top *t)
{
	struct page p = {.columns = (size_t)out_columns(), .rows = rows_of_terminal() - 1};
	buf_init(&p.text, 0);
	put_page(t, &p);
	if (p.left_out > 0)
		buf_addf(&p.text, "%zu more lines\033[K", p.left_out);
	printf("\033[H%s\033[J", p.text.data);
	fflush(stdout);
	buf_clear(&p.text);
}

/* ---- lines --------------------------------------------------------------------------- */

static void print_line(const struct top *t)
{
	char now[32], rate[32], oldest[32];
	out_time(clock_wall_ms(), now);
	if (!t->seen)
		printf("%s Redis is away: %s\n", now, t->error.text);
	else
		printf("%s depth %lld, oldest %s, %s a second, running %lld, waiting for Microsoft "
		       "%lld, dead %lld, workers %zu%s\n",
		    now, number(t, "inbox") + number(t, "queued"),
		    out_span(number(t, "oldest_ms"), oldest), rate_text(t, rate),
		    number(t, "running"), number(t, "waiting_for_microsoft"), number(t, "dead"),
		    json_array_size(json_list(t->seen, "workers")),
		    json_array_size(json_list(t->seen, "paused")) ? ", paused" : "");
	fflush(stdout);
}

static void show(const struct top *t)
{
	if (t->cli->json && t->seen)
		out_json(json_incref(t->seen), true);
	else if (!t->cli->json && out_is_terminal())
		draw(t);
	else if (!t->cli->json)
		print_line(t);
}

static void stop(void *ctx)
{
	struct top *t = ctx;
	t->stopped = true;
}

/* read_count gives --count, 0 if it was left out; -1 after a complaint. */
static int64_t read_count(const struct cli *c)
{
	const char *text = cli_value(c, "--count");
	size_t digits = text ? strspn(text, "0123456789") : 0;
	int64_t count = digits && digits < 10 && !text[digits] ? strtoll(text, NULL, 10) : 0;
	if (!text || (count >= 1 && count <= COUNT_MOST))
		return count;
	(void)cli_usage(c, "--count = \"%s\": 1 to %d", text, COUNT_MOST);
	return -1;
}

int top_run(struct cli *c)
{
	struct top t = {.cli = c};
	int64_t count = read_count(c);
	bool page = out_is_terminal() && !c->json;
	if (count < 0)
		return USAGE;
	loop_on_signal(c->loop, SIGINT, stop, &t);
	loop_on_signal(c->loop, SIGTERM, stop, &t);
	fputs(page ? "\033[?1049h\033[?25l" : "", stdout);
	for (int64_t looks = 1; !t.stopped; looks++) {
		look(&t);
		show(&t);
		if (looks == count || ferror(stdout))
			break;
		(void)loop_run_until(c->loop, &t.stopped, clock_mono_ms() + EVERY_MS);
	}
	fputs(page ? "\033[?25h\033[?1049l" : "", stdout);
	redis_close(c->redis);
	c->redis = NULL;
	json_decref(t.seen);
	return YES;
}
