/* rollcalld - carries out what the queue holds: rollcalld [-c FILE] [-n N] [--check] [-V] */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "err.h"
#include "supervisor.h"
#include "worker.h"

enum { CHECK = 256, EXAMPLE, MANUAL, WORKER };

/* Read by jemalloc, where the build has it: one thread needs one arena, and memory that
 * is not used any more is given back within a second. */
extern const char *malloc_conf;
const char *malloc_conf = "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0";

static const char usage[] =
    "usage: rollcalld [-c FILE] [-n PROCESSES] [--check] [--example] [-V]\n";

static int check(const char *path)
{
	struct config c = {0};
	struct err e = {0};
	if (config_load(&c, path, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	(void)puts("The configuration is good.");
	config_clear(&c);
	return 0;
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
