/*
 * who - who asks, and how often they may.
 *
 * Staff come with the portal's ticket, which is exchanged for a sealed cookie that says all
 * there is to know of them; no session is kept anywhere. Programs come with a key.
 */
#ifndef WHO_H
#define WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct web;
struct visit;
struct doors;
struct seal_keys;

enum who_kind { WHO_NOBODY, WHO_STAFF, WHO_PROGRAM };

/* What the portal says of a staff member. A Super Admin is an administrator, too. */
enum role {
	ROLE_ADMINISTRATOR = 1,
	ROLE_SUPER_ADMIN = 2,
	ROLE_TEACHING = 4,
	ROLE_OPERATOR = 8,
};

struct who {
	enum who_kind kind;
	char *id;		/* owned: the staff member (the ticket's sub), or the key's name */
	char *school;		/* owned: theirs; NULL: a program that may touch every school */
	char *name;		/* owned: for people, "" if unknown */
	char *language;		/* owned: "en", "af"; "" if the ticket says nothing */
	char *email;		/* owned: their Microsoft account's, as the ticket says; "" */
	unsigned may;		/* of enum may */
	unsigned roles;		/* of enum role; none for programs */
	char csrf[33];		/* of this session; "" for programs */
	int64_t until;		/* epoch ms: the session ends */
	char address[48];	/* where they call from, as the nearest trusted proxy saw it */
};
void who_clear(struct who *w);

/* who_may gives what staff of these roles may ask for, of enum may. */
unsigned who_may(unsigned roles);

/* doors_open reads the key files of config.web and config.secrets; *e names the file, the
 * line and the remedy. doors_reread does it again (SIGHUP) and changes nothing on an error. */
struct doors *doors_open(const struct web *web, struct err *e);
int doors_reread(struct doors *d, struct err *e) MUST_CHECK;
void doors_close(struct doors *d);

/* doors_keys gives the keys of secrets.key_file, for what else is sealed (seal.h); NULL if
 * the setting is empty. */
const struct seal_keys *doors_keys(const struct doors *d);

/* doors_admit finds out who asks, from the key or the cookie, and checks the rate, the scopes
 * of the route and, where staff change something, the CSRF token and the origin. Returns true
 * with v->who filled in, or answers the problem itself and returns false. */
bool doors_admit(struct visit *v);

/* The exchange of a ticket for a cookie: POST /v1/session {"ticket":…}, GET
 * /staff/enter?ticket=…&to=/staff/teams; and leaving. */
void serve_session_start(struct visit *v);
void serve_enter(struct visit *v);
void serve_session_end(struct visit *v);
void serve_me(struct visit *v);

/* audit_refusal and audit_act write one log line and one entry of the school's list of refusals,
 * or of acts: who, what, of which class, from where; no name, no address, no secret. */
void audit_refusal(const struct visit *v, const char *what, const char *subject);
void audit_act(const struct visit *v, const char *what, const char *subject);

#endif
