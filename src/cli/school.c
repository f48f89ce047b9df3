/*
 * school - the record of a school (contract 5), which a portal may write as well.
 *
 * Schools entered here are also kept in the set "schools". A portal that writes records
 * by itself does not know of that set, so list looks at the keys too, a bounded number
 * of them.
 */
#include "schools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map.h"
#include "output.h"
#include "record.h"
#include "school_settings.h"
#include "tenant.h"
#include "weight.h"

enum { SCHOOL_BYTES_MAX = 128, SCANS_MOST = 500, SCAN_COUNT = 1000 };

static bool is_school_id(const char *id)
{
	size_t length = strlen(id);
	for (const char *at = id; *at; at++)
		if (*at == ':' || (unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	return length >= 1 && length <= SCHOOL_BYTES_MAX;
}

static json_t *school_read_record(struct cli *c, const char *id)
{
	struct reply *r = cli_ask(c, "HGETALL %sschool:%s", c->prefix, id);
	json_t *school = hash_of(r, (const char *const[]){NULL});
	reply_free(r);
	if (school)
		json_object_set_new(school, "school", json_string(id));
	return school;
}

bool school_is_enabled(const json_t *school)
{
	const char *enabled = record_text(school, "enabled");
	return strcmp(enabled, "0") != 0 && strcmp(enabled, "false") != 0 &&
	       strcmp(enabled, "no") != 0;
}

static void print_school(const json_t *school)
{
	const char *tenant = record_text(school, "tenant_id"), *auth = record_text(school, "auth");
	bool enabled = school_is_enabled(school);
	char weight[24];
	out_field("School", BOLD, record_text(school, "school"));
	out_field("Name", PLAIN, record_text(school, "name"));
	out_field("Tenant", PLAIN, *tenant ? tenant : "(none)");
	out_field("Sign-in", PLAIN, *auth ? auth : "(not set)");
	out_field("Domain", PLAIN, record_text(school, "domain"));
	out_field("Current year", PLAIN, record_text(school, "current_year"));
	(void)!snprintf(weight, sizeof weight, "%lld", (long long)json_int(school, "weight", 1));
	out_field("Weight", PLAIN, weight);
	out_field("Enabled", enabled ? PLAIN : RED, enabled ? "yes" : "no");
	school_settings_print(school);
}

static void warn_of_tenant(const json_t *school)
{
	const char *tenant = record_text(school, "tenant_id");
	if ((*tenant || strcmp(record_text(school, "auth"), "app") == 0) && tenant_doubt(tenant))
		out_complain("warning: tenant \"%s\": %s", tenant, tenant_doubt(tenant));
}

/* print_or_json prints the record of a school, which it takes over, and its weight. */
static int print_or_json(struct cli *c, json_t *school)
{
	warn_of_tenant(school);
	int64_t weight = weight_read(c, record_text(school, "school"));
	json_object_set_new(school, "weight", json_integer(weight));
	if (c->json) {
		out_json(school, false);
		return YES;
	}
	print_school(school);
	json_decref(school);
	return YES;
}

/* ---- set ----------------------------------------------------------------------- */

static void add_field(const struct cli *c, struct words *w, const char *option, const char *field)
{
	const char *value = cli_value(c, option);
	if (!value)
		return;
	words_add(w, field);
	words_add(w, value);
}

static int check_set(const struct cli *c, const char *id)
{
	const char *auth = cli_value(c, "--auth");
	if (!is_school_id(id))
		return cli_usage(c, "SCHOOL: 1 to %d bytes, no colon and no control characters",
		    SCHOOL_BYTES_MAX);
	if (auth && strcmp(auth, "app") != 0 && strcmp(auth, "delegated") != 0)
		return cli_usage(c, "--auth = \"%s\": app or delegated", auth);
	const char *tenant = cli_value(c, "--tenant");
	if (tenant && tenant_wrong(tenant))
		return cli_usage(c, "--tenant = \"%s\": %s", tenant, tenant_wrong(tenant));
	if (cli_flag(c, "--enable") && cli_flag(c, "--disable"))
		return cli_usage(c, "--enable or --disable, not both");
	return YES;
}

/* What was given of the record: fields to write, and fields to take away. */
struct given_record {
	struct words set, drop;
};
enum { BARE = 2 }; /* words without any field */

/* read_record reads the command line; a complaint and false for what will not do. */
static bool read_record(struct cli *c, const char *id, struct given_record *g)
{
	struct err e;
	words_init(&g->set);
	words_init(&g->drop);
	words_add(&g->set, "HSET");
	words_add(&g->drop, "HDEL");
	words_addf(&g->set, "%sschool:%s", c->prefix, id);
	words_addf(&g->drop, "%sschool:%s", c->prefix, id);
	add_field(c, &g->set, "--name", "name");
	add_field(c, &g->set, "--tenant", "tenant_id");
	add_field(c, &g->set, "--auth", "auth");
	add_field(c, &g->set, "--domain", "domain");
	add_field(c, &g->set, "--year", "current_year");
	if (cli_flag(c, "--enable") || cli_flag(c, "--disable")) {
		words_add(&g->set, "enabled");
		words_add(&g->set, cli_flag(c, "--enable") ? "1" : "0");
	}
	if (school_settings_given(c, &g->set, &g->drop, &e) == 0)
		return true;
	(void)cli_usage(c, "%s", e.text);
	return false;
}

static void write_record(struct cli *c, const struct given_record *g)
{
	if (g->drop.count > BARE)
		reply_free(cli_ask_words(c, &g->drop));
	if (g->set.count > BARE)
		reply_free(cli_ask_words(c, &g->set));
}

static int not_entered(const char *id)
{
	out_complain("no school %s is entered", id);
	return NO;
}

/* set writes what was given and shows the school. */
static int set(struct cli *c, const char *id, const struct given_record *g, int64_t weight)
{
	if (g->set.count == BARE && g->drop.count == BARE && weight == 0)
		return cli_usage(c, "nothing to set");
	write_record(c, g);
	json_t *school = school_read_record(c, id);
	if (!school)
		return not_entered(id);
	if (weight > 0)
		weight_set(c, id, weight);
	reply_free(cli_ask(c, "SADD %sschools %s", c->prefix, id));
	return print_or_json(c, school);
}

int school_set_run(struct cli *c)
{
	const char *id = cli_value(c, "SCHOOL");
	struct given_record given;
	int64_t weight = cli_number(c, "--weight", 0, WEIGHT_MAX);
	if (weight < 0 || check_set(c, id) != YES)
		return USAGE;
	int status = read_record(c, id, &given) ? set(c, id, &given, weight) : USAGE;
	words_clear(&given.set);
	words_clear(&given.drop);
	return status;
}

/* ---- show and list ----------------------------------------------------------------- */

int school_show_run(struct cli *c)
{
	const char *id = cli_value(c, "SCHOOL");
	json_t *school = school_read_record(c, id);
	return school ? print_or_json(c, school) : not_entered(id);
}

static void list_add(struct cli *c, json_t *list, struct map *seen, const char *id)
{
	if (map_set(seen, id, list))
		return;
	json_t *school = school_read_record(c, id);
	if (school)
		json_array_append_new(list, school);
}

/* list_scan adds schools found by their keys; false if there are too many keys to tell. */
static bool list_scan(struct cli *c, json_t *list, struct map *seen)
{
	int64_t cursor = 0;
	size_t skip = strlen(c->prefix) + strlen("school:");
	for (int i = 0; i < SCANS_MOST; i++) {
		struct reply *r = cli_ask(
		    c, "SCAN %d MATCH %sschool:* COUNT %d", cursor, c->prefix, (int64_t)SCAN_COUNT);
		const struct reply *keys = reply_at(r, 1);
		for (size_t k = 0; k < reply_count(keys); k++)
			list_add(c, list, seen, reply_text(reply_at(keys, k), NULL) + skip);
		cursor = reply_number(reply_at(r, 0));
		reply_free(r);
		if (cursor == 0)
			return true;
	}
	return false;
}

json_t *schools_read(struct cli *c, bool *complete)
{
	struct map seen;
	json_t *list = json_array();
	map_init(&seen);
	struct reply *entered = cli_ask(c, "SMEMBERS %sschools", c->prefix);
	for (size_t i = 0; i < reply_count(entered); i++)
		list_add(c, list, &seen, reply_text(reply_at(entered, i), NULL));
	reply_free(entered);
	*complete = list_scan(c, list, &seen);
	map_clear(&seen);
	return list;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(
	    record_text(*(json_t *const *)a, "school"), record_text(*(json_t *const *)b, "school"));
}

/* sort gives the schools in the order of their ids, borrowed; free the array. */
static json_t **sort(const json_t *list)
{
	size_t count = json_array_size(list);
	json_t **sorted = xcalloc(count + 1, sizeof(json_t *));
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(list, i);
	qsort(sorted, count, sizeof(json_t *), by_id);
	return sorted;
}

static void print_list(const json_t *list)
{
	static const char *const headings[] = {
	    "!SCHOOL", "NAME", "2TENANT", "1SIGN-IN", "3YEAR", "ENABLED", NULL};
	struct table t;
	json_t **sorted = sort(list);
	table_start(&t, headings);
	for (json_t **s = sorted; *s; s++) {
		bool enabled = school_is_enabled(*s);
		table_cell(&t, PLAIN, "%s", record_text(*s, "school"));
		table_cell(&t, PLAIN, "%s", record_text(*s, "name"));
		table_cell(&t, PLAIN, "%s", record_text(*s, "tenant_id"));
		table_cell(&t, PLAIN, "%s", record_text(*s, "auth"));
		table_cell(&t, PLAIN, "%s", record_text(*s, "current_year"));
		table_cell(&t, enabled ? PLAIN : RED, "%s", enabled ? "yes" : "no");
	}
	table_print(&t);
	free(sorted);
}

int school_list_run(struct cli *c)
{
	bool complete;
	json_t *list = schools_read(c, &complete);
	if (c->json) {
		out_json(list, false);
	} else {
		print_list(list);
		json_decref(list);
	}
	if (!complete)
		out_complain(
		    "Redis holds too many keys to look for schools that only a portal entered");
	return YES;
}

/* ---- remove --------------------------------------------------------------------------- */

static bool confirmed(const char *id)
{
	char answer[16];
	printf("Remove the record of school %s? Its jobs will fail. [y/N] ", id);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int school_remove_run(struct cli *c)
{
	const char *id = cli_value(c, "SCHOOL");
	json_t *school = school_read_record(c, id);
	if (!school)
		return not_entered(id);
	json_decref(school);
	if (!cli_flag(c, "--yes")) {
		if (!isatty(STDIN_FILENO))
			return cli_usage(c, "without a terminal, removing needs --yes");
		if (!confirmed(id))
			return NO;
	}
	reply_free(cli_ask(c, "UNLINK %sschool:%s", c->prefix, id));
	reply_free(cli_ask(c, "SREM %sschools %s", c->prefix, id));
	weight_set(c, id, 1);
	out_say(PLAIN, 0,
	    "The record of school %s is removed. Records of its classes stay, and "
	    "nothing changes at Microsoft.",
	    id);
	return YES;
}
