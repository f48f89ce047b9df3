/* faults - which requests are met; see faults.h. fault_answers.c: what they get. */
#include "faults.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "json.h"

#define FAULTS_MAX 1000

/* Keys of "do" that are no settings; a blank before and after each. */
static const char do_keys[] =
    " status body code message headers html empty delay_ms cut_before_effect "
    "cut_after_effect truncate body_bytes nest after_effect expire_tokens ";
static const char match_keys[] =
    " method path nth from count every chance seed tenant team body user ";

void faults_init(struct faults *f)
{
	memset(f, 0, sizeof(*f));
}

void faults_clear(struct faults *f)
{
	for (size_t i = 0; i < f->count; i++)
		json_decref(f->list[i].json);
	free(f->list);
	json_decref(f->settings);
	faults_init(f);
}

static int check_match(const json_t *match, struct err *e)
{
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)match, name, value) {
		char *padded = xasprintf(" %s ", name);
		bool known = strstr(match_keys, padded);
		free(padded);
		if (!known)
			return err_set(e, ERR_INPUT, "unknown key \"%s\" in match", name);
	}
	return 0;
}

static int check(const json_t *faults, const json_t *settings, struct err *e)
{
	size_t n;
	json_t *one;
	if (settings_check(settings, "", e) < 0)
		return e->code;
	json_array_foreach (faults, n, one) {
		const json_t *does = json_map(one, "do");
		if (!does)
			return err_set(e, ERR_INPUT, "fault %zu has no \"do\"", n + 1);
		if (settings_check(does, do_keys, e) < 0 ||
		    check_match(json_map(one, "match"), e) < 0) {
			err_prefix(e, "fault %zu", n + 1);
			return e->code;
		}
	}
	return 0;
}

int faults_add(struct faults *f, const json_t *scenario, struct err *e)
{
	const json_t *list = json_is_array(scenario) ? scenario : json_list(scenario, "faults");
	const json_t *settings = json_map(scenario, "settings");
	if (f->count + json_array_size(list) > FAULTS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d faults", FAULTS_MAX);
	if (check(list, settings, e) < 0)
		return e->code;
	f->list = xrealloc(f->list, (f->count + json_array_size(list) + 1) * sizeof(*f->list));
	size_t n;
	json_t *one;
	json_array_foreach (list, n, one) {
		struct fault *fault = &f->list[f->count++];
		*fault = (struct fault){.json = json_deep_copy(one)};
		fault->match = json_map(fault->json, "match");
		fault->does = json_map(fault->json, "do");
		random_seed(&fault->random, (uint64_t)json_int(fault->match, "seed", 1));
	}
	if (settings && !f->settings)
		f->settings = json_object();
	if (settings) {
		json_t *copy = json_deep_copy(settings);
		json_object_update(f->settings, copy);
		json_decref(copy);
	}
	return 0;
}

json_t *faults_report(const struct faults *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < f->count; i++) {
		json_t *one = json_copy(f->list[i].json);
		json_object_set_new(one, "seen", json_integer(f->list[i].seen));
		json_object_set_new(one, "fired", json_integer(f->list[i].fired));
		json_array_append_new(list, one);
	}
	return json_pack(
	    "{s:o,s:O}", "faults", list, "settings", f->settings ? f->settings : json_null());
}

/* A * stands for any text, slashes included. */
static bool glob(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			retry = text;
		} else if (*pattern && strncasecmp(pattern, text, 1) == 0) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool names_tenant(const struct call *c, const char *tenant)
{
	if (c->who.tenant)
		return !strcasecmp(c->who.tenant->id, tenant) ||
		       !strcasecmp(c->who.tenant->domain, tenant);
	return c->url.count && !strcasecmp(c->url.segments[0], tenant);
}

static bool meets(const struct fault *f, const struct call *c)
{
	const char *method = json_text(f->match, "method"), *path = json_text(f->match, "path");
	const char *tenant = json_text(f->match, "tenant"), *team = json_text(f->match, "team");
	const char *body = json_text(f->match, "body"), *user = json_text(f->match, "user");
	if (method && strcasecmp(method, c->method) != 0)
		return false;
	if (path && !glob(path, c->path))
		return false;
	if (tenant && !names_tenant(c, tenant))
		return false;
	if (team && !strstr(c->path, team))
		return false;
	if (user && (!c->who.user || strcasecmp(user, c->who.user->id) != 0) &&
	    !strstr(c->path, user))
		return false;
	return !body || (c->text && strstr(c->text, body));
}

/* Counts the request and tells whether this is one of those that are hit. */
static bool fires(struct fault *f)
{
	int64_t n = ++f->seen;
	int64_t nth = json_int(f->match, "nth", 0), from = json_int(f->match, "from", 1);
	int64_t every = json_int(f->match, "every", 1),
		count = json_int(f->match, "count", INT64_MAX);
	const json_t *chance = json_object_get(f->match, "chance");
	if (nth && n != nth)
		return false;
	if (n < from || (every > 1 && (n - from + 1) % every != 0) || f->fired >= count)
		return false;
	if (chance && random_share(&f->random) >= json_number_value(chance))
		return false;
	f->fired++;
	return true;
}

static bool has_answer(const json_t *does)
{
	static const char *const answers[] = {"status", "body", "html", "cut_before_effect",
	    "cut_after_effect", "truncate", "body_bytes", "nest"};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (json_object_get(does, answers[i]))
			return true;
	return false;
}

struct firing faults_fire(struct call *c)
{
	struct firing firing = {NULL, false};
	struct faults *all = &c->em->faults;
	for (size_t i = 0; i < all->count; i++) {
		struct fault *f = &all->list[i];
		if (!meets(f, c) || !fires(f))
			continue;
		settings_take(&c->set, f->does);
		c->reply.delay_ms += json_int(f->does, "delay_ms", 0);
		if (json_bool(f->does, "expire_tokens", false))
			c->em->tokens_expired_at = moment_now(&c->em->time) + 1;
		if (!firing.answer && has_answer(f->does)) {
			firing.answer = f->does;
			firing.after_effect = json_bool(f->does, "after_effect", false) ||
					      json_object_get(f->does, "cut_after_effect") ||
					      json_object_get(f->does, "truncate");
		}
	}
	return firing;
}
