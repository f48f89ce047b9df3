/*
 * create_names - what a class is called where the school has a rule for it.
 *
 * The tenant's default domain and its own rules for names are read once a day. The nickname
 * is chosen in Redis, in one move with the job's progress, so a class has it for ever
 * whatever dies meanwhile; when Microsoft says that somebody of the tenant has it, the next
 * one is chosen. A class is ordered with its nickname; a Team has whatever Microsoft makes
 * of its name, until it is given its own.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "class_job.h"
#include "class_names.h"
#include "creation.h"
#include "naming.h"

enum { DAY_MS = 86400000, PATIENCE = 5 };

static void replace(char **place, char *text)
{
	free(*place);
	*place = text;
}

static struct naming naming_of(struct job *j, const struct creation *s)
{
	return (struct naming){s->group, s->identifier, s->name_year, job_class_id(j)};
}

/* ---- what the school says --------------------------------------------------------------- */

static void take_tenant(struct job *j, struct creation *s)
{
	const json_t *settings = job_school(j)->settings;
	const char *domain = json_text_or(settings, "default_domain", "");
	int64_t read_at = strtoll(json_text_or(settings, "names_read_at", "0"), NULL, 10);
	replace(&s->domain, *domain ? xstrdup(domain) : NULL);
	s->tenant_known = job_account(j) || (s->domain && job_now(j) - read_at < DAY_MS);
}

static char *description_of(struct job *j, const struct creation *s, const json_t *class)
{
	const char *said = job_text_option(j, "description");
	const char *kind = json_text_or(class, "kind", job_class(j)->kind);
	if (*said || !s->named)
		return xstrdup(said);
	return naming_description(kind, s->group);
}

bool creation_take_name(struct job *j, struct creation *s, const json_t *class)
{
	const struct class_record *c = job_class(j);
	const char *said = job_text_option(j, "display_name");
	struct class_names n = class_names_of(j, class);
	/* a teacher's own account may not give a group its nickname */
	s->named = s->class_alone || (class_has_rule(j) && !job_account(j));
	replace(&s->group, xstrdup(n.group));
	replace(&s->identifier, xstrdup(n.identifier));
	text_copy(s->name_year, sizeof s->name_year, n.year);
	struct naming naming = naming_of(j, s);
	bool by_rule = strcmp(json_text_or(job_school(j)->settings, "naming", ""), "rule") == 0;
	char *name = by_rule ? naming_display(&naming)
			     : xstrdup(json_text_or(class, "name", c->name[0] ? c->name : c->id));
	char *shown = naming_group(n.group);
	bool has_name = (!s->named && !by_rule) || shown;
	free(shown);
	replace(&s->name, *said || !name ? xstrdup(said) : xstrdup(name));
	free(name);
	replace(&s->description, description_of(j, s, class));
	bool chosen = s->named && c->mail_nickname[0] && (c->team_asked_at || s->team_id);
	replace(&s->nickname, chosen ? xstrdup(c->mail_nickname) : NULL);
	take_tenant(j, s);
	return has_name;
}

int creation_way_to_order(const struct creation *s)
{
	if (s->named && !s->tenant_known)
		return READ_TENANT;
	if (s->named && !s->nickname)
		return CHOOSE_NAME;
	return s->class_alone && !s->owners ? FIND_TEACHERS : SAVE_INTENT;
}

void creation_put_names(struct job *j, const struct creation *s)
{
	record_class(j, "display_name", s->asked_as);
	if (s->description && *s->description)
		record_class(j, "description", s->description);
	if (s->nickname && s->class_alone) {
		char *address = s->domain ? naming_address(s->nickname, s->domain) : NULL;
		record_class(j, "mail_nickname", s->nickname);
		record_class(j, "address", address);
		free(address);
	}
}

/* ---- what the tenant says ---------------------------------------------------------------- */

enum next creation_read_tenant(struct job *j)
{
	return graph_get(j, TENANT_PATH);
}

enum next creation_tenant_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	const char *domain = a->status == 200 ? tenant_put_domain(j, a->body) : NULL;
	s->tenant_known = true;
	if (!domain)
		return job_goto(j, creation_way_to_order(s));
	replace(&s->domain, xstrdup(domain));
	return job_goto(j, READ_POLICY);
}

enum next creation_read_policy(struct job *j)
{
	return graph_get(j, POLICY_PATH);
}

enum next creation_policy_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	tenant_put_policy(j, a);
	return job_goto(j, creation_way_to_order(s));
}

/* ---- which nickname it has ------------------------------------------------------------------ */

enum next creation_choose_name(struct job *j)
{
	struct creation *s = job_state(j);
	struct naming naming = naming_of(j, s);
	char *choices[NICKNAMES_MAX];
	size_t n = 0;
	for (int nth = 1; nth <= NICKNAMES_MAX; nth++) {
		choices[n] = naming_nickname(&naming, nth);
		n += choices[n] != NULL;
	}
	if (n > 0)
		record_nickname(j, s->refused, choices, n);
	for (size_t i = 0; i < n; i++)
		free(choices[i]);
	return progress_write(j);
}

enum next creation_name_chosen(struct job *j, const struct answer *a)
{
	(void)a;
	return job_goto(j, READ_NAME);
}

enum next creation_read_name(struct job *j)
{
	return record_open(j);
}

enum next creation_name_read(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	const char *nickname = job_class(j)->mail_nickname;
	(void)a;
	if (!nickname[0] && s->team_id)
		return job_goto(j, READ_GROUP);
	if (!nickname[0])
		return job_fail(j, "graph_error",
		    "No address is left for this class: %d classes have the like of it. Give the "
		    "group another name.",
		    NICKNAMES_MAX);
	replace(&s->nickname, xstrdup(nickname));
	replace(&s->refused, NULL);
	return job_goto(j, s->team_id ? PUT_NICKNAME : creation_way_to_order(s));
}

enum next creation_name_refused(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	const char *suggestion;
	switch (name_refused(a->body, &suggestion)) {
	case NAME_AGAINST_POLICY:
		class_drop_intent(j);
		return job_fail(j, "not_permitted",
		    "The naming policy of the school's Microsoft tenant does not allow the name "
		    "\"%s\"%s%s%s. Give the class a name that it allows.",
		    s->asked_as, suggestion ? "; it would allow \"" : "",
		    suggestion ? suggestion : "", suggestion ? "\"" : "");
	case NICKNAME_TAKEN:
		s->taken = s->class_alone;
		return s->class_alone ? job_goto(j, FIND) : NEXT_CALL;
	case NAME_NOT_REFUSED:
		break;
	}
	return NEXT_CALL;
}

/* ---- a Team gets the nickname that was chosen ------------------------------------------------ */

enum next creation_put_nickname(struct job *j)
{
	struct creation *s = job_state(j);
	return graph_patch(
	    j, json_pack("{s:s}", "mailNickname", s->nickname), "/groups/%s", s->team_id);
}

static enum next nickname_refused(struct job *j, struct creation *s, const struct answer *a)
{
	const char *suggestion;
	if (a->status == 404 && ++s->misses < PATIENCE)
		return job_sleep(j, job_poll_ms(j), PUT_NICKNAME);
	if (name_refused(a->body, &suggestion) == NICKNAME_TAKEN) {
		replace(&s->refused, s->nickname);
		s->nickname = NULL;
		return job_goto(j, CHOOSE_NAME);
	}
	progress_message(j,
	    "The Team is there. Microsoft did not take the address that the school's rule gives "
	    "it, so it has one of Microsoft's making.");
	return job_goto(j, READ_GROUP);
}

enum next creation_nickname_put(struct job *j, const struct answer *a)
{
	struct creation *s = job_state(j);
	if (a->status < 200 || a->status >= 300)
		return nickname_refused(j, s, a);
	char *address = s->domain ? naming_address(s->nickname, s->domain) : NULL;
	record_class(j, "mail_nickname", s->nickname);
	record_class(j, "address", address);
	free(address);
	s->given = true;
	return job_goto(j, READ_GROUP);
}
