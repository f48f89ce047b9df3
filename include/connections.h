/*
 * connections - the Microsoft accounts that teachers have linked.
 *
 *	connection:<school>:<staff>	HASH	state email name account tenant link linked_at
 *						refreshed_at since reason sealed
 *	connections			ZSET	<school>:<staff>, by when its token is to be
 *						renewed lest it ends for want of use
 *	connections:relink		ZSET	<school>:<staff>, by since when
 *
 * sealed is the refresh token, sealed for that school and teacher: a record copied to somebody
 * else does not open. Each linking has a number of its own (link); what is still under way for
 * an earlier linking changes nothing any more.
 */
#ifndef CONNECTIONS_H
#define CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "records.h"
#include "redis.h"
#include "seal.h"

/* A refresh token lives 90 days unused. It is renewed after a third of that, and asked for
 * again after an hour when that did not work or its worker died. */
#define CONNECTION_KEEP_MS  (INT64_C(30) * 86400000)
#define CONNECTION_AGAIN_MS INT64_C(3600000)

enum { CONNECTION_LINK_ROOM = 17 };

enum connection_state { CONNECTION_NONE, CONNECTION_LINKED, CONNECTION_RELINK };

struct connection {
	enum connection_state state;
	char *email, *name;	/* owned, never NULL, as are all texts here: for people */
	char *account, *tenant;	/* the ids of both at Microsoft's */
	char *link;		/* the number of this linking */
	char *reason;		/* a word (below) for why it has to be linked again; "" */
	char *sealed;		/* the refresh token; "" with CONNECTION_RELINK */
	int64_t linked_at, refreshed_at, since;	/* since: in this state */
};

/*
 * The words of reason: revoked (sessions were ended, or an administrator reset the password),
 * expired (not used for too long), password_expired, sign_in_again (Microsoft wants to see the
 * person: a second factor, a rule of the school), account_blocked, account_gone (not in the
 * tenant), consent_required, not_accepted (Microsoft does not say why), unreadable (the record was meddled with),
 * other_tenant (the school's tenant is another one by now).
 */

void connection_clear(struct connection *c);

/* connection_word is "none", "connected" or "relink". */
const char *connection_word(enum connection_state state);

/* connection_name is <school>:<staff>; free it. NULL if they cannot be told apart in it.
 * connection_name_read takes it apart: *school is to be freed, *staff points into name. */
char *connection_name(const char *school, const char *staff);
bool connection_name_read(const char *name, char **school, const char **staff);

/* connection_link_new makes the number of a linking. */
void connection_link_new(char link[CONNECTION_LINK_ROOM]);

/* connection_seal seals a refresh token for that name; connection_open gives it back, to be
 * wiped and freed, or NULL: not for this name, forged, or its key is not there. */
char *connection_seal(const struct seal_keys *k, const char *name, const char *token);
char *connection_open(const struct seal_keys *k, const char *name, const char *sealed);

/* connection_read reads the connection, and then its school; both are the callback's to clear. c
 * and s are empty when it failed (*e). */
typedef void (*connection_fn)(void *ctx, struct school *s, struct connection *c,
    const struct err *e);
void connection_read(struct redis *r, const char *prefix, const char *name,
    connection_fn fn, void *ctx);

/* What has become of a change: done false with *e NULL means that the record was another one
 * by then, and that nothing was changed. */
typedef void (*connection_done_fn)(void *ctx, bool done, const struct err *e);

/* connection_link puts the record there, in place of any other. is_first: the school was seen
 * to have no tenant, and gets that of this account (school:<school>, linked_tenant), unless
 * tenant_id says one. Not done: the school has another tenant by now; nothing is linked then.
 * connection_unlink leaves nothing of the connection behind. */
void connection_link(struct redis *r, const char *prefix, const char *name,
    const struct connection *c, bool is_first, connection_done_fn fn, void *ctx);
void connection_unlink(struct redis *r, const char *prefix, const char *name,
    connection_done_fn fn, void *ctx);

/* connection_note keeps a reason with a connection that is not linked, until it is. */
void connection_note(
    struct redis *r, const char *prefix, const char *name, const char *reason);

/* These three need the queue's Function library. connection_renew stores the token that came
 * in place of the last one of that linking. connection_break says that the token that was
 * sealed so is refused, and erases it. connection_reseal seals the same token anew. fn may
 * be NULL. */
void connection_renew(struct redis *r, const char *prefix, const char *name,
    const char *link, const char *sealed, connection_done_fn fn, void *ctx);
void connection_break(struct redis *r, const char *prefix, const char *name,
    const char *link, const char *sealed, const char *reason, connection_done_fn fn, void *ctx);
void connection_reseal(struct redis *r, const char *prefix, const char *name,
    const char *old, const char *sealed, connection_done_fn fn, void *ctx);

/* connections_take gives the names of at most most connections whose token is to be renewed
 * now, none of them to anybody else for CONNECTION_AGAIN_MS. */
typedef void (*connections_fn)(void *ctx, const struct reply *names, const struct err *e);
void connections_take(struct redis *r, const char *prefix, int most, connections_fn fn,
    void *ctx);

#endif
