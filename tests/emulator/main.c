/*
 * rollcall-emulator - Microsoft's side for tests, the demo and benchmarks: sign-in,
 * directory, Teams, quotas and faults, as reference notes of the project describe
 * them. README.md says how to start and steer it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "emulator.h"
#include "log.h"

#define BODY_MAX 8388608u

static void stop(void *ctx)
{
	struct emulator *em = ctx;
	loop_stop(em->loop);
}

static void announce(const struct emulator *em)
{
	const char *colon = strrchr(em->options->listen, ':');
	printf("rollcall-emulator listening on %s://%.*s:%d\n",
	    em->options->tls_cert ? "https" : "http",
	    colon ? (int)(colon - em->options->listen) : 0, em->options->listen,
	    server_port(em->server));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct options options;
	struct emulator em = {.options = &options};
	struct err error;
	options_read(&options, argc, argv);
	log_open(2, LOG_WARN, LOG_TEXT);
	if (emulator_load(&em, &error) < 0)
		die("%s", error.text);
	struct server_options server = {
	    .address = options.listen,
	    .certificate_file = options.tls_cert,
	    .key_file = options.tls_key,
	    .connections_max = 2000,
	    .idle_timeout_s = 300,
	    .body_max = BODY_MAX,
	};
	em.loop = loop_new();
	em.server = server_open(em.loop, &server, front_answer, &em, &error);
	if (!em.server)
		die("%s", error.text);
	loop_on_signal(em.loop, SIGTERM, stop, &em);
	loop_on_signal(em.loop, SIGINT, stop, &em);
	announce(&em);
	loop_run(em.loop);
	server_close(em.server);
	loop_free(em.loop);
	emulator_clear(&em);
	return 0;
}
