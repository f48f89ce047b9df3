/*
 * console - what the routes of the administrators' console share: the school as it is set up,
 * its groups as the register and Microsoft know them, and who may do what with them.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "classes.h"
#include "web.h"

enum { CONSOLE_DEPTH = 8, TODAY_ROOM = 11 };

/* console_is_admin: administrators and Super Admins; otherwise it is teaching staff who ask. */
bool console_is_admin(const struct visit *v);

/* console_school reads the school of whoever asks and goes on: a JSON object of texts, as its
 * hash has it, which go owns. It answers itself where Redis does not. */
typedef void (*console_school_fn)(struct visit *v, json_t *school);
void console_school(struct visit *v, console_school_fn go);

/* console_hash makes an object of texts of a reply of HGETALL; NULL: there is no such hash. */
json_t *console_hash(const struct reply *r);

/* console_is_allowed: Microsoft lets us work in the school as a whole. */
bool console_is_allowed(const json_t *school);

/* console_is_kept tells whether a decision made by hand was kept, and audits it as what; if it
 * was not, why is answered already. */
bool console_is_kept(struct visit *v, const struct reply *r, const struct err *e, const char *what);

/* console_today writes the day it is, in UTC. */
void console_today(char day[TODAY_ROOM]);

/* console_is_day tells whether text is a day as "2027-07-31". */
bool console_is_day(const char *text);

/* ---- groups ------------------------------------------------------------------------------ */

/* A group of the school: a class of its register, and what became of it in Microsoft 365. */
struct console_group {
	struct class_look class;
	json_t *told;			/* owned: the class object of the register; never NULL */
	char trouble[40];		/* the error_code of its last job; "" */
	bool is_known;			/* it is one of the school's classes */
	bool is_mine;			/* whoever asks teaches it */
};
void groups_clear(struct console_group *at, size_t count);

/* group_text and group_number give what the class's record says. */
const char *group_text(const struct console_group *g, const char *field);
json_int_t group_number(const struct console_group *g, const char *field);
const char *group_name(const struct console_group *g);	/* what the school calls it */
const char *group_kind(const struct console_group *g);
bool group_is_there(const struct console_group *g);	/* in Microsoft 365 */

/* groups_look reads groups of the asker's school; the array is the callback's until it returns
 * and is cleared then. *e NULL unless it failed. */
typedef void (*groups_fn)(void *ctx, struct console_group *at, size_t count, const struct err *e);
void groups_look(struct visit *v, const char *const *ids, size_t count, bool learners,
    groups_fn fn, void *ctx);

/* What the Actions menu of a group offers. */
enum offer {
	OFFER_CREATE = 1, OFFER_RESYNC = 2, OFFER_PREVIEW = 4, OFFER_APPROVE = 8,
	OFFER_DELETE = 16, OFFER_RESTORE = 32, OFFER_CLOSE = 64, OFFER_ADOPT = 128,
};

/* Each by the word of its path; ends with a NULL word. */
struct offer_word {
	const char *word;
	enum offer offer;
};
extern const struct offer_word offer_words[];

/* group_offers gives what whoever asks may do with a group now; *why is a word for why neither
 * create nor resync are among it, "" where one of them is. */
unsigned group_offers(const struct visit *v, const json_t *school, const struct console_group *g,
    const char **why);

/* group_json is a group as the list shows it. */
json_t *group_json(const struct visit *v, const json_t *school, const struct console_group *g);

#endif
