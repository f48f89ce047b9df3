/*
 * settings - how Microsoft behaves where it is known to vary: delays, doubtful
 * readings of the documentation, misbehaviour. Set for all requests by a
 * scenario's "settings", or for single requests by a fault's "do".
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct settings {
	/* moments: a scale of N makes them N times shorter */
	int64_t operation_ms;		/* until createTeam has succeeded */
	int64_t operation_404_ms;	/* until the operation can be read */
	int64_t team_404_ms;		/* after success, until the team can be read */
	int64_t group_404_ms;		/* until the directory finds a new group */
	int64_t replicate_ms;		/* until Teams finds a new group */
	int64_t members_invisible_ms;	/* until an added member is listed */
	int64_t group_to_team_ms;	/* until Teams shows what the group API did */
	int64_t delete_lag_ms;		/* how long a deleted team can still be read */
	/* real time */
	int64_t latency_ms;		/* of every answer */
	int64_t token_lifetime_s;	/* 0: 3599 app-only, 4711 delegated */
	int64_t aadsts;			/* number of the error that requests for a token meet; 0: none */
	int64_t page_size;		/* largest page; 0: as documented */
	bool bulk_add_strict;		/* members/add shares the 4 a minute of POST members */
	bool bulk_add_writes;		/* each added member spends a directory write */
	bool whole_404;			/* one unknown person: members/add answers 404 */
	bool no_body;			/* 207 without a body */
	bool guests_allowed;		/* guests may be added app-only */
	bool locked;			/* new teams start locked */
	bool shuffle_batch;		/* answers of a batch come in any order */
	bool next_link_self;		/* nextLink names the page just read */
	bool unknown_error_body;	/* 429 says UnknownError and no more */
	const char *next_link_host;	/* nextLink points there; borrowed, or NULL */
	const json_t *retry_after;	/* form of Retry-After; borrowed, or NULL */
	const json_t *operation_fails;	/* {code, message}: creation fails; or NULL */
	const json_t *fail_users;	/* ids or addresses that bulk calls refuse; or NULL */
	const json_t *fail_error;	/* {code, message} they are refused with; or NULL */
	const json_t *id_token;		/* how id_tokens are odd; or NULL */
};

extern const struct settings settings_default;

/* settings_take reads what it knows of object into *s, which then borrows from
 * it. settings_check names the first key that is neither a setting nor in also
 * (names with a blank before and after each). */
void settings_take(struct settings *s, const json_t *object);
int settings_check(const json_t *object, const char *also, struct err *e) MUST_CHECK;

#endif
