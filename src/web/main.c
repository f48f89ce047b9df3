/* rollcall-web - the portal's interface and people's pages: rollcall-web [-c FILE] [--check]
 * [--routes] [-V] */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "job_standing.h"
#include "live.h"
#include "log.h"
#include "microsoft.h"
#include "notify.h"
#include "throughput.h"
#include "upload.h"
#include "web.h"

enum {
	CHECK = 256,
	ROUTES,
	CONNECTIONS_MAX = 10000,
	IDLE_TIMEOUT_S = 75,	/* longer than the longest wait for news */
	REQUEST_TIMEOUT_S = 30, /* for whoever sends letter by letter */
	MICROSOFT_CONNECTIONS_MAX = 32,
	TICK_MS = 5000,
	LEAVE_MS = 5000,
	LOOK_AGAIN_MS = 100,
};

static const char usage[] = "usage: rollcall-web [-c FILE] [--check] [--routes] [-V]\n";

struct program {
	struct web web;
	struct config config;
	const char *config_path;
	struct server *server;
	struct timer tick;
	int64_t leave_by_ms;
};

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

/* ---- what is asked of the running process ------------------------------------------------ */

static void look_whether_done(void *ctx)
{
	struct program *p = ctx;
	if (p->web.visits == 0 || clock_mono_ms() >= p->leave_by_ms)
		loop_stop(p->web.loop);
	else
		timer_set(p->web.loop, &p->tick, LOOK_AGAIN_MS, look_whether_done, p);
}

/* Whoever waits for news is answered at once, and what is answered has a moment to go out.
 * /readyz says no meanwhile. */
static void asked_to_leave(void *ctx)
{
	struct program *p = ctx;
	if (p->web.leaving)
		return;
	log_info("leaving", log_int("visits", (int64_t)p->web.visits));
	notify("STOPPING=1");
	p->web.leaving = true;
	p->leave_by_ms = clock_mono_ms() + LEAVE_MS;
	live_release(p->web.live);
	timer_set(p->web.loop, &p->tick, LOOK_AGAIN_MS, look_whether_done, p);
}

static void asked_to_reload(void *ctx)
{
	struct program *p = ctx;
	struct err e = {0};
	notify("RELOADING=1");
	if (config_reload(&p->config, p->config_path, &e) < 0 || doors_reread(p->web.doors, &e) < 0)
		log_error("reload_refused", log_str("why", e.text));
	else
		log_info("reloaded");
	config_open_log(&p->config);
	notify("READY=1");
}

static void tick(void *ctx)
{
	struct program *p = ctx;
	notify("WATCHDOG=1");
	timer_set(p->web.loop, &p->tick, TICK_MS, tick, p);
}

/* ---- opening ------------------------------------------------------------------------------ */

static int open_parts(struct program *p, struct err *e)
{
	struct web *web = &p->web;
	struct server_options o = {
	    .address = p->config.web.listen,
	    .certificate_file = or_null(p->config.web.certificate_file),
	    .key_file = or_null(p->config.web.key_file),
	    .connections_max = CONNECTIONS_MAX,
	    .idle_timeout_s = IDLE_TIMEOUT_S,
	    .request_timeout_s = REQUEST_TIMEOUT_S,
	    .body_max = WEB_BODY_MAX,
	    .body_max_of = upload_body_max,
	};
	(void)snprintf(web->prefix, sizeof web->prefix, "rollcall:{%s}:", p->config.queue.name);
	web->config = &p->config;
	web->config_path = p->config_path;
	web->is_https = strncmp(p->config.web.public_url, "https://", 8) == 0;
	web->http =
	    http_new(web->loop, or_null(p->config.graph.ca_file), MICROSOFT_CONNECTIONS_MAX);
	web->redis = redis_open(web->loop, p->config.redis.url, "rollcall-web", e);
	if (!web->redis)
		return e->code;
	redis_never_blocks(web->redis);
	web->doors = doors_open(web, e);
	if (!web->doors)
		return e->code;
	web->live = live_open(web, e);
	if (!web->live)
		return e->code;
	web->microsoft = microsoft_open(web, e);
	if (!web->microsoft)
		return e->code;
	web->throughput = throughput_open(web);
	web->standings = standings_new(web);
	p->server = server_open(web->loop, &o, web_serve, web, e);
	return p->server ? 0 : e->code;
}

static void close_parts(struct program *p)
{
	timer_clear(p->web.loop, &p->tick);
	if (p->server)
		server_close(p->server);
	microsoft_close(p->web.microsoft);
	throughput_close(p->web.throughput);
	live_close(p->web.live);
	redis_close(p->web.redis);
	standings_free(p->web.standings);
	doors_close(p->web.doors);
	http_free(p->web.http);
	loop_free(p->web.loop);
	config_clear(&p->config);
}

static int run(const char *config_path, bool only_check)
{
	struct err e = {0};
	struct program p = {.config_path = config_path};
	if (sodium_init() < 0)
		die("libsodium cannot be used on this machine");
	if (config_load(&p.config, config_path, &e) < 0)
		die("%s", e.text);
	config_open_log(&p.config);
	p.web.loop = loop_new();
	if (open_parts(&p, &e) < 0)
		die("%s", e.text);
	if (only_check) {
		(void)puts("The configuration is good.");
	} else {
		loop_on_signal(p.web.loop, SIGTERM, asked_to_leave, &p);
		loop_on_signal(p.web.loop, SIGINT, asked_to_leave, &p);
		loop_on_signal(p.web.loop, SIGHUP, asked_to_reload, &p);
		log_info("web_started", log_int("port", server_port(p.server)),
		    log_str("version", VERSION));
		notify("READY=1");
		tick(&p);
		loop_run(p.web.loop);
		log_info("web_stopped");
	}
	close_parts(&p);
	return 0;
}

static int print_routes(void)
{
	for (const struct route *r = routes; r->method; r++)
		(void)printf("%s %s\n", r->method, r->path);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, CHECK},
	    {"routes", no_argument, NULL, ROUTES},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	const char *path = NULL;
	bool only_check = false;
	for (int o; (o = getopt_long(argc, argv, "c:hV", options, NULL)) != -1;) {
		switch (o) {
		case 'c':
			path = optarg;
			break;
		case CHECK:
			only_check = true;
			break;
		case ROUTES:
			return print_routes();
		case 'V':
			(void)puts("rollcall-web " VERSION);
			return 0;
		case 'h':
			(void)fputs(usage, stdout);
			return 0;
		default:
			(void)fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		(void)fprintf(
		    stderr, "rollcall-web: \"%s\" is not an option\n%s", argv[optind], usage);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	srandom((unsigned)(getpid() ^ clock_wall_ms()));
	return run(path, only_check);
}
