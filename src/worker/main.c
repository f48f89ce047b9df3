/* rollcalld - carries out what the queue holds: rollcalld [-c FILE] [-n N] [--check] [-V] */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "err.h"
#include "graph_client.h"
#include "http.h"
#include "log.h"
#include "loop.h"
#include "pulse.h"
#include "redis.h"
#include "supervisor.h"
#include "worker.h"

enum { CHECK = 256, EXAMPLE, MANUAL, WORKER, PULSE };

/* Read by jemalloc, where the build has it: one thread needs one arena, and memory that
 * is not used any more is given back within a second. */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0";

static const char usage[] =
    "usage: rollcalld [-c FILE] [-n PROCESSES] [--check] [--example] [-V]\n";

/* ---- --check: what a start does, short of connecting ---------------------------------- */

static int check_authorities(const struct config *c, struct err *e)
{
	const char *path = c->graph.ca_file;
	if (!*path || access(path, R_OK) == 0)
		return 0;
	return err_set(e, ERR_INPUT, "graph.ca_file: %s: %s", path, strerror(errno));
}

/* check_redis reads the address as a connection does; nothing is sent before a loop runs. */
static int check_redis(const struct config *c, struct loop *loop, struct err *e)
{
	struct redis *redis = redis_open(loop, c->redis.url, "rollcalld", e);
	if (!redis)
		return e->code;
	redis_close(redis);
	return 0;
}

/* is_registered tells whether anything is said about our app at Microsoft: a fresh
 * installation is no mistake yet. */
static bool is_registered(const struct config *c)
{
	return *c->app.client_id || *c->app.client_secret_file || *c->app.certificate_file;
}

static void warn_of_app(const struct config *c)
{
	if (!is_registered(c))
		(void)fputs("warning: [app] is empty: rollcalld starts once it names a secret "
			    "or a certificate.\n",
		    stderr);
	else if (!*c->app.client_id)
		(void)fputs("warning: app.client_id is empty: no school can sign in.\n", stderr);
}

/* check_app reads secret, or certificate and key. */
static int check_app(const struct config *c, struct loop *loop, struct err *e)
{
	struct http *http = http_new(loop, NULL, 1);
	struct graph_options o = {
	    .loop = loop,
	    .http = http,
	    .root = c->graph.root,
	    .authority = c->graph.authority,
	    .client_id = c->app.client_id,
	    .secret_file = c->app.client_secret_file,
	    .certificate_file = c->app.certificate_file,
	    .key_file = c->app.key_file,
	    .timeout_ms = c->graph.timeout_ms,
	    .quota_scale = c->graph.quota_scale,
	};
	struct graph *graph = graph_new(&o, e);
	graph_free(graph);
	http_free(http);
	return graph ? 0 : e->code;
}

static int check(const char *path)
{
	struct config c = {0};
	struct err e = {0};
	int rc = config_load(&c, path, &e);
	if (rc == 0) {
		struct loop *loop = loop_new();
		log_open(STDERR_FILENO, LOG_ERROR, LOG_TEXT);
		rc = check_redis(&c, loop, &e);
		if (rc == 0)
			rc = check_authorities(&c, &e);
		if (rc == 0 && is_registered(&c))
			rc = check_app(&c, loop, &e);
		loop_free(loop);
	}
	if (rc == 0) {
		warn_of_app(&c);
		(void)puts("The configuration is good.");
	} else {
		(void)fprintf(stderr, "%s\n", e.text);
	}
	config_clear(&c);
	return rc == 0 ? 0 : 1;
}

static int processes_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (*end || n < 1 || n > 256)
		die("-n %s: 1 to 256 processes", text);
	return (int)n;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, CHECK},
	    {"example", no_argument, NULL, EXAMPLE},
	    {"manual", no_argument, NULL, MANUAL},
	    {"worker", required_argument, NULL, WORKER},
	    {"pulse", required_argument, NULL, PULSE},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	const char *path = NULL, *worker = NULL;
	int processes = 0;
	for (int o; (o = getopt_long(argc, argv, "c:n:hV", options, NULL)) != -1;) {
		switch (o) {
		case 'c':
			path = optarg;
			break;
		case 'n':
			processes = processes_of(optarg);
			break;
		case CHECK:
			return check(path);
		case EXAMPLE:
			config_example(stdout);
			return 0;
		case MANUAL:
			config_manual(stdout);
			return 0;
		case WORKER:
			worker = optarg;
			break;
		case PULSE:
			pulse_join((int)strtol(optarg, NULL, 10));
			break;
		case 'V':
			(void)puts("rollcalld " VERSION);
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
		    stderr, "rollcalld: \"%s\" is not an option\n%s", argv[optind], usage);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	srandom((unsigned)(getpid() ^ clock_wall_ms()));
	if (processes > 0)
		return supervisor_run(path, processes);
	char name[128];
	supervisor_worker_name(name);
	return worker_run(path, worker ? worker : name);
}
