/*
 * doctor_connections - the Microsoft accounts that teachers have linked: who has to link theirs
 * again, and can what is kept of them be opened?
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "doctor.h"
#include "seal.h"

enum { NAMED_MOST = 5, LOOKED_AT_MOST = 1000 };

static const char check[] = "Connections";

static bool is_asked_for(const struct doctor *d, const char *name)
{
	size_t length = d->school ? strlen(d->school) : 0;
	return !d->school || (strncmp(name, d->school, length) == 0 && name[length] == ':');
}

/* ---- to be linked again ------------------------------------------------------------------------- */

static void add_name(struct doctor *d, struct buf *b, const char *name)
{
	struct reply *r = cli_ask(d->cli, "HGET %sconnection:%s reason", d->cli->prefix, name);
	const char *reason = reply_text(r, NULL);
	buf_addf(b, "%s%s%s%s%s", b->length ? ", " : "", name, reason ? " (" : "",
	    reason ? reason : "", reason ? ")" : "");
	reply_free(r);
}

/* relink names the newest of those who have to link again; how many there are. */
static size_t relink(struct doctor *d, struct buf *names)
{
	struct reply *r = cli_ask(d->cli, "ZRANGE %sconnections:relink 0 %d REV", d->cli->prefix,
	    (int64_t)LOOKED_AT_MOST - 1);
	size_t count = 0;
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *name = reply_text(reply_at(r, i), NULL);
		if (!is_asked_for(d, name))
			continue;
		if (count++ < NAMED_MOST)
			add_name(d, names, name);
	}
	reply_free(r);
	return count;
}

/* ---- sealed ---------------------------------------------------------------------------------------- */

struct sealed {
	size_t linked, without_key;
	struct buf keys; /* that are missing */
};

static void look(struct doctor *d, const struct seal_keys *keys, const char *name, struct sealed *s)
{
	struct reply *r = cli_ask(d->cli, "HGET %sconnection:%s sealed", d->cli->prefix, name);
	const char *text = reply_text(r, NULL);
	s->linked++;
	if (keys && text && !seal_has_key(keys, text)) {
		char *id = xstrndup(text, strcspn(text, "."));
		if (!s->keys.data || !strstr(s->keys.data, id))
			buf_addf(&s->keys, "%s%s", s->keys.length ? ", " : "", id);
		s->without_key++;
		free(id);
	}
	reply_free(r);
}

static struct sealed look_at_some(struct doctor *d, const struct seal_keys *keys)
{
	struct sealed s = {0};
	buf_init(&s.keys, 0);
	struct reply *r = cli_ask(
	    d->cli, "ZRANGE %sconnections 0 %d", d->cli->prefix, (int64_t)LOOKED_AT_MOST - 1);
	for (size_t i = 0; i < reply_count(r); i++) {
		const char *name = reply_text(reply_at(r, i), NULL);
		if (is_asked_for(d, name))
			look(d, keys, name, &s);
	}
	reply_free(r);
	return s;
}

static struct seal_keys *read_keys(const struct doctor *d)
{
	struct err e;
	const char *path = d->cli->config.secrets.key_file;
	return *path ? seal_keys_read(path, &e) : NULL;
}

void doctor_connections(struct doctor *d)
{
	struct buf names;
	buf_init(&names, 0);
	struct seal_keys *keys = read_keys(d);
	struct sealed s = look_at_some(d, keys);
	size_t broken = relink(d, &names);
	if (s.without_key)
		doctor_say(d, FINDING_FAIL, check,
		    "Put the lines of these keys back into secrets.key_file.",
		    "%zu are sealed with keys that are not there: %s", s.without_key, s.keys.data);
	if (broken)
		doctor_say(d, FINDING_WARNING, check,
		    "They press Reconnect: My User Settings, Microsoft Connection.",
		    "%zu have to be linked again: %s%s", broken, names.data,
		    broken > NAMED_MOST ? ", ..." : "");
	if (!s.without_key && !broken)
		doctor_say(d, FINDING_OK, check, "", "%zu%s", s.linked,
		    s.linked == LOOKED_AT_MOST ? " or more" : "");
	seal_keys_free(keys);
	buf_clear(&s.keys);
	buf_clear(&names);
}
