/*
 * config - one table of settings: the parser, --check, the example file and the
 * manual page all come from it.
 *
 * A file in INI form (-c, or ROLLCALL_CONF, or /etc/rollcall/rollcall.conf), then
 * ROLLCALL_<SECTION>_<KEY> from the environment. Unknown key, bad value, a key
 * twice or out of range: refused, naming file, line and allowed range.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

struct config {
	struct { char *url, *ca_file; } redis;	/* the url tells of the file, too */
	struct {
		char *name;
		int64_t lease_ms, concurrency, per_school, retention_days, keep_finished;
	} queue;
	struct {
		char *root, *authority, *ca_file;
		int64_t timeout_ms, poll_ms;
		double quota_scale;
	} graph;
	struct {
		char *client_id, *client_secret_file, *certificate_file, *key_file;
	} app;
	struct { char *key_file; } secrets;
	struct {
		char *listen, *public_url, *portal_keys_file, *ticket_key_file;
		char *ticket_audience, *ticket_issuer, *trusted_proxies;
		char *certificate_file, *key_file;
		int64_t key_rate, staff_rate, address_rate;	/* a second; 0: any */
	} web;
	struct { double share; int64_t count; } brake;
	struct { int64_t history; } records;	/* entries a school */
	struct { int64_t wave; } sync;		/* 0: sized by time; 1: single adds */
	struct { char *level, *format; } log;
};

/* config_load fills *c from the defaults, the file and the environment. path
 * NULL: ROLLCALL_CONF, else the default path, which may be missing. */
int config_load(struct config *c, const char *path, struct err *e) MUST_CHECK;
void config_clear(struct config *c);

/* config_reload reads again and takes over what is reloadable; what is not and
 * has changed is named in a log line. On an error *c stays as it was. */
int config_reload(struct config *c, const char *path, struct err *e) MUST_CHECK;

/* config_open_log makes the log what [log] says; lines go to standard error. */
void config_open_log(const struct config *c);

/* config_example writes the commented example file; config_manual the key list
 * of rollcall.conf(5) in mdoc. */
void config_example(FILE *to);
void config_manual(FILE *to);

#endif
