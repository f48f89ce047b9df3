/*
 * records - what Rollcall remembers of schools, classes and learners (contract 5).
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "json.h"
#include "redis.h"

struct school {
	char *id, *name, *tenant_id, *auth, *domain, *current_year;	/* owned, never NULL */
	bool known;		/* there is such a record */
	bool enabled;		/* true unless the record says otherwise */
	json_t *settings;	/* owned, never NULL: every field of the record, as text */
};

struct class_record {
	char *id, *name, *year, *kind, *team_id, *web_url;	/* owned, never NULL */
	char *former_team_id;	/* the Team that was deleted and may be restored; "" */
	char *status;		/* no_team, pending, active, failed; "" when new */
	char *team_asked_as, *team_asked_mark;	/* under this name, with this mark; "" */
	char *note;		/* why the status is what it is, for people; "" */
	char *display_name, *mail_nickname;	/* as it was made in Microsoft 365; "" */
	char *nickname_wanted;	/* the one it would have if nobody else wanted it; "" */
	bool class_only;	/* team_id is a group without a Team so far */
	json_t *register_class;	/* owned: the class object as the school last said it; NULL */
	json_t *register_more;	/* owned: what it said since, without learners; NULL */
	json_t *learners;	/* owned: object id -> {name,email,status,reason,user_id,at,…} */
	json_t *exceptions, *drift;	/* owned: exceptions.h; user_id -> object */
	json_t *said;		/* owned: matches.h, of the whole school; learner id -> object */
	json_t *owners_seen;	/* owned: account ids, a list; NULL: nobody has looked yet */
	int64_t total;		/* learners at the last look, -1: never looked */
	int64_t team_asked_at;	/* a Team was asked for and its id is not known; 0: none */
	int64_t team_made_at;	/* when Microsoft took the order of team_id */
	int64_t opened_at;	/* somebody pressed the button that lets learners in; 0 */
	int64_t emptied_at;	/* the register went from some to none, not approved; 0 */
};

/* Keys below the queue's prefix; free them. */
char *records_school_key(const char *school);
char *records_class_key(const char *school, const char *class_id);
char *records_learners_key(const char *school, const char *class_id);

/* records_read reads a school and one of its classes in one round trip. c may be NULL in
 * the answer when it failed (*e). Both are the callback's to clear. */
typedef void (*records_fn)(void *ctx, struct school *s, struct class_record *c,
    const struct err *e);
void records_read(struct redis *r, const char *prefix, const char *school,
    const char *class_id, records_fn fn, void *ctx);

void school_clear(struct school *s);
void class_record_clear(struct class_record *c);

/* learner_record is the JSON text of one learner's standing; free it. */
struct learner_standing {
	const char *name, *email, *status, *reason, *user_id;
	const char *matched;	/* the address user_id was found by; NULL: email */
	int64_t at;
	bool left;		/* not in the class any more, kept until that is settled */
	const char *left_on;	/* the day on which that was; NULL: it is not known */
};
char *learner_record(const struct learner_standing *s);

#endif
