/*
 * roster - who should be in a class, who is in its Team, and what follows. Pure: no
 * network, no Redis.
 */
#ifndef ROSTER_H
#define ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "map.h"

/* What is to happen to a learner. Everything but PLAN_SEARCH and PLAN_ADD is final. */
enum plan {
	PLAN_SEARCH,		/* the account is to be looked up */
	PLAN_ADD,
	PLAN_ALREADY,		/* is a member */
	PLAN_NO_EMAIL, PLAN_NO_ACCOUNT, PLAN_AMBIGUOUS,	/* unresolved */
	PLAN_OTHER_NAME,	/* unresolved: the account of that number has another name */
	PLAN_DISABLED, PLAN_GUEST,			/* failed, without asking */
	PLAN_KEPT_OUT,		/* taken out by hand, and the school lets that stand */
	PLAN_NOT_PREVIEWED,	/* is to come, and the preview did not say so */
	PLAN_NOT_OPEN,		/* is to come, and the class is not open to learners yet */
};

/*
 * The ladder by which an account is looked for, best rung first. The first rung on which
 * anybody is found decides, and where several are found it is nobody. What somebody said by
 * hand (account, address) stands alone: nothing else is looked for then.
 */
enum rung {
	RUNG_EMAIL,		/* the address of the register */
	RUNG_DOMAIN,		/* the same in the domain that the school's is at Microsoft's */
	RUNG_USERNAME,		/* the sign-in name that the register has */
	RUNG_EMPLOYEE,		/* the number that the directory has as employeeId */
	RUNG_ACCOUNT, RUNG_ADDRESS,	/* said by hand: the account's id, its address */
	RUNGS
};

/* How a learner stands with the Team, as remembered and shown (contract 5). */
enum standing { STANDING_NOT_SYNCED, STANDING_PENDING, STANDING_SYNCED, STANDING_FAILED };

struct learner {
	char *id, *name, *email;	/* owned; email as the school has it, trimmed */
	char *user_id;			/* owned; the account, NULL while unknown */
	char *known_email;		/* owned; what it was found by (roster_matched), or NULL */
	char *rungs[RUNGS];		/* owned; what there is to look for on each, or NULL */
	enum rung found;		/* where the account was found, or was known to be */
	char *reason;			/* owned; as recorded: "" when all is well */
	enum plan plan;
	enum standing standing;		/* as recorded, then as this job leaves it */
	bool unresolved;		/* not synced because no account could be made out */
	bool settled;			/* has its row in this job */
	bool intended;			/* an attempt before this one set out to add it */
};

/* Somebody who is recorded for the class but not in it any more. */
struct leaver {
	char *id, *name, *email, *user_id;	/* owned; user_id may be NULL */
	char *left_on;			/* owned; the first day; NULL: nobody noticed before */
	char *reason;			/* owned; as recorded */
	bool settled;
	bool listed;			/* among the removals */
};

struct roster {
	struct learner *at;	/* owned */
	size_t count;
	struct leaver *leavers;	/* owned */
	size_t leaver_count;
	struct map by_id, leavers_by_id;
};

/* A member of the Team, as the member list said. */
struct present {
	const char *user_id, *name, *mail;	/* borrowed */
	bool owner;
};

/* roster_fill makes the roster of a class from its class object (the register) and what
 * is recorded of its learners (id -> object); both may be NULL. */
void roster_fill(struct roster *r, const json_t *class, const json_t *recorded);
void roster_clear(struct roster *r);
struct learner *roster_find(const struct roster *r, const char *learner_id);
struct leaver *roster_find_leaver(const struct roster *r, const char *learner_id);

/* Who is in the class by its dates (from, until) today, "YYYY-MM-DD": the class object with
 * those learners alone; the caller owns it. Beside them it has how many begin later (later)
 * and since when whoever is over is so (ended: id -> day). */
json_t *roster_in_force(const json_t *class, const char *today);

/* roster_day_over: so many days after that day have begun; false where it is no day. */
bool roster_day_over(const char *day, int64_t more_days, const char *today);
bool roster_day_later(const char *day, const char *today);	/* it is still to come */

/* roster_opens tells whether text says when learners are let in, where that is not at once: a
 * day that there is, or teacher. ROSTER_OPENS are the words for what is wanted. */
#define ROSTER_OPENS "a day, such as 2026-01-14, or teacher"
bool roster_opens(const char *text);

/* What the rungs are made of, beside the register. */
struct ladder {
	const json_t *domains;		/* from -> to, in lower case; or NULL */
	const char *username_domain;	/* of names without one; or "" */
	const json_t *said;		/* learner id -> {"user_id" or "address"}; or NULL */
};

/* roster_ladder gives everybody the rungs beside that of the address, which roster_fill
 * has set. */
void roster_ladder(struct roster *r, const json_t *class, const struct ladder *l);
const char *rung_name(enum rung n);	/* email, domain, username, employee_id, said */

/* roster_matched is what the account was found by, as a record remembers it: NULL for the
 * address of the register. Free it. */
char *roster_matched(const struct learner *l);

/* roster_same_name: two names have the family name in common, or two words. A number alone is no
 * match, nor with a given name: two schools of one tenant may both count from 1. */
bool roster_same_name(const char *a, const char *b);

/* roster_intend notes that an attempt before this one set out to add that account. */
void roster_intend(struct learner *l, const char *user_id);

/* roster_knows: the account is known, and by something that still holds of the learner. */
bool roster_knows(const struct learner *l);

/* roster_settle_known decides what needs no look-up: no address, an address that two
 * learners share, and everybody whose known account is in the member list. */
void roster_settle_known(struct roster *r, const struct present *present, size_t count);

/* roster_resolved tells what a look-up found for one learner, and where: an account (its id)
 * that is a member or not, or NULL with PLAN_NO_ACCOUNT, PLAN_AMBIGUOUS or PLAN_OTHER_NAME as
 * otherwise. */
void roster_resolved(struct learner *l, enum rung found, const char *user_id, bool member,
    bool disabled, bool guest, enum plan otherwise);

/* roster_unresolved: nobody can say which account is this learner's. */
bool roster_unresolved(enum plan plan);

/* roster_settle_shared makes learners who were resolved to one account ambiguous. */
void roster_settle_shared(struct roster *r);

/* One person who is in the Team and should not be, or a leaver who is not even there. */
struct removal {
	const char *learner, *name, *email, *user_id;	/* borrowed; learner may be "" */
	const char *reason;	/* left_class, added_by_hand */
	struct leaver *leaver;	/* NULL for people who are no learners */
	bool absent;		/* a leaver without membership: nothing to take out */
	const char *stays;	/* a literal: why it is held back; NULL: it is not */
};

struct removals {
	struct removal *at;	/* owned */
	size_t count;
	size_t in_team;		/* those that are members, and are not held back */
};

/* roster_removals: leavers first, then people added by hand; never an owner, never
 * anybody's account who is in the class, and nobody who has the name of a learner whose
 * account could not be made out: that may well be the same person. */
void roster_removals(struct removals *out, struct roster *r, const struct present *present,
    size_t count);
void removals_clear(struct removals *out);

/* removals_hold holds one back, for a reason that is a literal. */
void removals_hold(struct removals *out, struct removal *x, const char *why);

/* roster_brakes: so many removals stop before the first one (contract 6): more than
 * share of the members who are not owners and at least least, or a register that was
 * emptied. */
bool roster_brakes(const struct removals *removals, const struct present *present, size_t count,
    double share, int64_t least, bool emptied);

/* What a class looks like on the list. */
struct class_counts {
	int64_t total, synced, failed, unresolved;
};
struct class_counts roster_count(const struct roster *r);

/* class_status: no_team, pending, active or failed, for a class whose Team lives or not. */
const char *class_status(bool team_lives, const struct class_counts *c);
const char *standing_name(enum standing s);
enum standing standing_of(const char *name);

/*
 * How many learners go into the next wave of members/add. While a person waits on a class
 * of WAVES_FROM or more, the first wave is small and each next one is sized to last about
 * a second; otherwise one wave takes all it may. A wave that is refused as a whole is
 * halved until the culprit stands alone; a throttled one doubles the next.
 */
enum { WAVES_FROM = 20, WAVE_FIRST = 5, WAVE_MOST = 200 };
struct wave {
	size_t size;		/* of the next one */
	size_t most;		/* lower while a culprit is looked for */
	size_t cap;		/* sync.wave, or what Microsoft takes */
	bool timed;		/* somebody waits: each is to last about a second */
};
void wave_start(struct wave *w, size_t learners, bool background, int fixed);
void wave_cap(struct wave *w, size_t most);	/* Microsoft takes no more at once */
void wave_went(struct wave *w, size_t sent, int64_t took_ms, bool throttled);
void wave_refused(struct wave *w, size_t sent);

/* address_key trims and lower-cases an address for comparing; NULL when the text is no
 * address. Free it. */
char *address_key(const char *text);

#endif
