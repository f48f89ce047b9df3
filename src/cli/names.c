/*
 * names - what every group of a school is called in Microsoft 365, or will be: name, nickname
 * and address with their lengths, who wants the same, and what the tenant's own rules say of
 * it; also as it would be with another identifier.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naming_look.h"
#include "output.h"
#include "record.h"
#include "school_classes.h"
#include "school_settings.h"

enum { POLICY_DEPTH = 6 };

struct naming_all {
	const json_t *school;
	json_t *policy; /* owned; NULL: none */
	const char *identifier;
	struct school_class *at;      /* owned */
	struct naming_entry *entries; /* owned */
	char (*years)[5];	      /* owned */
	size_t count;
	json_t *wanted;		/* owned: plain nickname -> ids */
	json_t *names, *counts; /* owned */
};

/* ---- one of them -------------------------------------------------------------------------------- */

static void year_of(const struct school_class *k, char year[5])
{
	naming_year(school_class_word(k, "starts"), year);
	if (!*year)
		naming_year(school_class_word(k, "year"), year);
}

static char *plain_key(const struct naming_entry *e)
{
	char *plain = naming_nickname(&e->of, 1), *key = plain ? naming_key(plain) : NULL;
	free(plain);
	return key;
}

/* Who would have which nickname if nobody else wanted it. */
static void find_rivals(struct naming_all *a)
{
	a->wanted = json_object();
	for (size_t i = 0; i < a->count; i++) {
		char *key = plain_key(&a->entries[i]);
		if (key && !json_object_get(a->wanted, key))
			json_object_set_new(a->wanted, key, json_array());
		if (key)
			json_array_append_new(json_list(a->wanted, key), json_string(a->at[i].id));
		free(key);
	}
}

/* The caller owns the list. */
static json_t *rivals_of(const struct naming_all *a, size_t n)
{
	size_t i;
	json_t *id, *rivals = json_array();
	char *key = plain_key(&a->entries[n]);
	json_array_foreach (key ? json_list(a->wanted, key) : NULL, i, id)
		if (strcmp(json_string_value(id), a->at[n].id) != 0)
			json_array_append(rivals, id);
	free(key);
	return rivals;
}

static char *address_of(
    const struct naming_all *a, const struct school_class *k, const char *nickname)
{
	const char *stored = record_text(k->record, "address");
	const char *domain = record_text(a->school, "default_domain");
	if (*stored)
		return xstrdup(stored);
	return *nickname && *domain ? naming_address(nickname, domain) : xstrdup("");
}

static void count(struct naming_all *a, const char *what, bool is)
{
	json_object_set_new(
	    a->counts, what, json_integer((json_int_t)json_int(a->counts, what, 0) + is));
}

/* Somebody has asked the tenant for its rules. */
static bool is_read(const struct naming_all *a)
{
	return strcmp(json_text_or(a->school, "names_read_at", "0"), "0") != 0;
}

/* What is there already keeps its name, whatever the rule would say today. */
static json_t *name_of(struct naming_all *a, size_t n)
{
	const struct school_class *k = &a->at[n];
	const struct naming_entry *e = &a->entries[n];
	const char *had = record_text(k->record, "mail_nickname");
	const char *made = record_text(k->record, "display_name");
	bool stored = *had || *record_text(k->record, "team_id");
	char *rule = naming_display(&e->of), *problem = NULL;
	const char *display = *made ? made : rule;
	const char *nickname = *had ? had : e->nickname ? e->nickname : "";
	const char *verdict = stored ? "ok" : naming_look(display, a->policy, is_read(a), &problem);
	char *address = address_of(a, k, nickname);
	json_t *name =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:s, s:s}", "id", k->id,
		"group", school_class_name(k), "kind", school_class_kind(k), "year", e->of.year,
		"display_name", display ? display : "", "nickname", nickname, "address", address,
		"stored", stored, "changed_by", stored ? "" : naming_changed_by(e), "collides_with",
		rivals_of(a, n), "verdict", verdict, "problem", problem ? problem : "");
	json_object_set_new(name, "display_length",
	    json_integer((json_int_t)naming_characters(display ? display : "")));
	json_object_set_new(name, "nickname_length", json_integer((json_int_t)strlen(nickname)));
	free(rule);
	free(problem);
	free(address);
	return name;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

static void resolve(struct naming_all *a)
{
	a->entries = xcalloc(a->count + 1, sizeof *a->entries);
	a->years = xcalloc(a->count + 1, sizeof *a->years);
	for (size_t i = 0; i < a->count; i++) {
		const char *had = record_text(a->at[i].record, "mail_nickname");
		year_of(&a->at[i], a->years[i]);
		a->entries[i] = (struct naming_entry){
		    .of = {school_class_name(&a->at[i]), a->identifier, a->years[i], a->at[i].id},
		    .chosen = *had ? had : NULL,
		};
	}
	naming_resolve(a->entries, a->count);
	find_rivals(a);
	a->names = json_array();
	a->counts = json_pack("{s:I, s:i, s:i, s:i}", "groups", (json_int_t)a->count, "collisions",
	    0, "cut", 0, "refused", 0);
	for (size_t i = 0; i < a->count; i++) {
		json_t *name = name_of(a, i);
		count(a, "collisions", json_array_size(json_list(name, "collides_with")) > 0);
		count(a, "cut", strcmp(json_text_or(name, "changed_by", ""), "cut") == 0);
		count(a, "refused", strcmp(json_text_or(name, "verdict", ""), "refused") == 0);
		json_array_append_new(a->names, name);
	}
}

static const char *note_of(const json_t *name)
{
	const char *problem = json_text_or(name, "problem", "");
	const char *changed = json_text_or(name, "changed_by", "");
	if (*problem)
		return problem;
	if (json_bool(name, "stored", false))
		return "made so, and kept";
	if (strcmp(changed, "number") == 0)
		return "numbered: another group wants the same";
	if (strcmp(changed, "cut") == 0)
		return "cut: too long for an address";
	return strcmp(changed, "letters") == 0 ? "letters that no address may have" : "";
}

static void print_table(const json_t *names)
{
	static const char *const headings[] = {
	    "GROUP", "3KIND", "!NAME", "!NICKNAME", "2LENGTHS", "~NOTE", NULL};
	struct table t;
	size_t i;
	json_t *name;
	table_start(&t, headings);
	json_array_foreach (names, i, name) {
		bool refused = strcmp(json_text_or(name, "verdict", ""), "refused") == 0;
		table_cell(&t, PLAIN, "%s", json_text_or(name, "group", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(name, "kind", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(name, "display_name", ""));
		table_cell(&t, PLAIN, "%s", json_text_or(name, "nickname", ""));
		table_cell(&t, PLAIN, "%lld, %lld", (long long)json_int(name, "display_length", 0),
		    (long long)json_int(name, "nickname_length", 0));
		table_cell(&t, refused ? RED : PLAIN, "%s", note_of(name));
	}
	table_print(&t);
}

static void print(const struct naming_all *a, const char *school)
{
	const char *domain = record_text(a->school, "default_domain");
	print_table(a->names);
	puts("");
	out_say(PLAIN, 0,
	    "%lld groups: %lld want a nickname that another wants, %lld are cut, "
	    "%lld are refused by the tenant.",
	    (long long)json_int(a->counts, "groups", 0),
	    (long long)json_int(a->counts, "collisions", 0),
	    (long long)json_int(a->counts, "cut", 0), (long long)json_int(a->counts, "refused", 0));
	if (*domain)
		out_say(PLAIN, 0, "Addresses: nickname@%s", domain);
	if (!is_read(a))
		out_say(GREY, 0,
		    "The tenant's default domain and its rules for names are not known yet: "
		    "rollcall enqueue read-tenant --school %s --wait",
		    school);
	if (strcmp(record_text(a->school, "naming"), "rule") != 0)
		out_say(GREY, 0,
		    "The school's naming is plain: a Team is called as its class. These "
		    "names hold with --naming rule, and for classes without a Team.");
}

static json_t *policy_of(const json_t *school)
{
	struct err e;
	const char *text = record_text(school, "naming_policy");
	return *text ? json_read(text, strlen(text), POLICY_DEPTH, &e) : NULL;
}

static int answer(struct cli *c, struct naming_all *a)
{
	int status = json_int(a->counts, "refused", 0) > 0 ? NO : YES;
	if (c->json)
		out_json(json_pack("{s:s, s:s, s:O, s:O}", "identifier", a->identifier,
			     "default_domain", record_text(a->school, "default_domain"), "names",
			     a->names, "counts", a->counts),
		    false);
	else
		print(a, cli_value(c, "SCHOOL"));
	return status;
}

int names_run(struct cli *c)
{
	const char *id = cli_value(c, "SCHOOL"), *other = cli_value(c, "--identifier");
	json_t *school = school_entered(c, id);
	if (!school)
		return NO;
	struct naming_all a = {
	    .school = school,
	    .policy = policy_of(school),
	    .identifier = other ? other : school_identifier(school),
	};
	a.at = school_classes_read(c, id, 0, &a.count);
	resolve(&a);
	int status = answer(c, &a);
	naming_entries_clear(a.entries, a.count);
	school_classes_free(a.at, a.count);
	free(a.entries);
	free(a.years);
	json_decref(a.wanted);
	json_decref(a.names);
	json_decref(a.counts);
	json_decref(a.policy);
	json_decref(school);
	return status;
}
