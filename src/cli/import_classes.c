/*
 * import_classes - the classes of a set, each against what the last one said of it: what has
 * changed is laid aside as a job for the register, what is as it was keeps its digest, and so does
 * what rows say that could not be read.
 */
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "import.h"

/* quoted gives text as JSON; free it. */
static char *quoted(const char *text)
{
	json_t *string = json_string(text);
	char *out = json_dumps(string, JSON_ENCODE_ANY);
	json_decref(string);
	return out;
}

static void write_head(struct import *i)
{
	char *school = quoted(i->school), *by = quoted(i->by);
	i->head = xasprintf("\"type\":\"register\",\"school\":%s,\"requested_by\":%s,"
			    "\"priority\":\"background\",\"class\":",
	    school, by);
	free(school);
	free(by);
}

static char *envelope_of(const struct import *i, const char *class, bool active)
{
	return xasprintf("{\"v\":1,\"id\":\"%s-%lld\",%s%s,\"options\":{\"active\":%s}}",
	    i->store.id, (long long)i->store.pieces + 1, i->head, class, active ? "true" : "false");
}

static void tell_unusable(struct import *i, const char *class_id, const char *why)
{
	faults_add(&i->faults, FAULT_ERROR, "class_unusable", (struct fault_at){.value = class_id},
	    "Change it at the source, or exclude it; until then the class stays as it was",
	    "A class that cannot be registered: %s", why);
}

/* stage lays the class aside if the worker will take it; *good tells. */
static int stage(struct import *i, const char *text, const char *class, bool active, bool *good)
{
	struct envelope seen;
	char *envelope = envelope_of(i, class, active);
	envelope_read(&seen, envelope, strlen(envelope));
	*good = seen.verdict == ENVELOPE_OK;
	int rc = 0;
	if (!*good)
		tell_unusable(i, text, seen.why);
	else if (!cli_flag(i->c, "--dry-run"))
		rc = rosters_stage(&i->store, envelope, strlen(envelope), &i->why);
	envelope_clear(&seen);
	free(envelope);
	return rc;
}

static int keep_digest(struct import *i, const char *class_id, const char *digest)
{
	if (cli_flag(i->c, "--dry-run") || !digest)
		return 0;
	return rosters_digest(&i->store, class_id, digest, &i->why);
}

static void count(struct import *i, bool good, bool was_there)
{
	if (!good)
		i->unusable++;
	else if (was_there)
		i->changed++;
	else
		i->fresh++;
}

/* leave keeps a class of the last set as it was, since nobody knows what this one says of it. */
static int leave(struct import *i, const char *class_id, const char *before)
{
	crypto_generichash_update(&i->all, (const unsigned char *)before, GROUP_DIGEST_ROOM - 1);
	i->kept++;
	return keep_digest(i, class_id, before);
}

static int take_group(void *ctx, const struct group *g)
{
	struct import *i = ctx;
	const char *before = map_get(&i->last.digests, g->id);
	bool good = true;
	if (g->unsure && !before)
		return 0;
	if (map_set(&i->seen, g->id, i)) {
		faults_add(&i->faults, FAULT_ERROR, "class_twice",
		    (struct fault_at){.value = g->id}, "Change one of the ids at the source",
		    "Two groups would be one class; the first one is taken");
		return 0;
	}
	if (g->unsure)
		return leave(i, g->id, before);
	crypto_generichash_update(&i->all, (const unsigned char *)g->digest, GROUP_DIGEST_ROOM - 1);
	if (before && strcmp(before, g->digest) == 0) {
		i->same++;
		if (!cli_flag(i->c, "--again"))
			return keep_digest(i, g->id, g->digest);
	}
	int rc = 0;
	good = g->length > 0;
	if (good)
		rc = stage(i, g->id, g->text, true, &good);
	else
		tell_unusable(i, g->id, "more than 5,000 learners are in it");
	if (rc == 0 && !(before && strcmp(before, g->digest) == 0))
		count(i, good, before != NULL);
	return rc < 0 ? rc : keep_digest(i, g->id, good ? g->digest : before);
}

/* take_unread leaves the classes as they were of which a row had to be dropped. */
static int take_unread(struct import *i)
{
	int rc = 0;
	char id[GROUP_ID_ROOM];
	const struct set_unread *u = &i->set.unread;
	for (size_t n = 0; n < u->count && rc >= 0; n++) {
		group_id(u->classes[n], id);
		const char *before = map_get(&i->last.digests, id);
		if (before && !map_set(&i->seen, id, i))
			rc = leave(i, id, before);
	}
	for (size_t n = 0; u->any_class && n < i->last.count && rc >= 0; n++)
		if (!map_set(&i->seen, i->last.classes_at[n], i))
			rc = leave(i, i->last.classes_at[n], i->last.digests_at[n]);
	return rc;
}

int import_classes(struct import *i)
{
	unsigned char hash[(GROUP_DIGEST_ROOM - 1) / 2];
	write_head(i);
	crypto_generichash_init(&i->all, NULL, 0, sizeof hash);
	int rc = roster_groups(&i->set, &i->rules, &i->faults, &i->told, take_group, i);
	if (rc >= 0)
		rc = take_unread(i);
	crypto_generichash_final(&i->all, hash, sizeof hash);
	sodium_bin2hex(i->digest, sizeof i->digest, hash, sizeof hash);
	return rc;
}

int import_gone(struct import *i)
{
	int rc = 0;
	for (size_t n = 0; n < i->last.count && rc >= 0; n++) {
		bool good;
		const char *id = i->last.classes_at[n];
		if (map_get(&i->seen, id))
			continue;
		char *quoted_id = quoted(id), *class = xasprintf("{\"id\":%s}", quoted_id);
		rc = stage(i, id, class, false, &good);
		i->gone++;
		free(quoted_id);
		free(class);
	}
	return rc;
}
