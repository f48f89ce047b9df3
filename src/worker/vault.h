/*
 * vault - the refresh tokens of linked accounts, for those who ask Microsoft as a teacher.
 *
 * Graph knows an account by <link>:<school>:<staff>, so that a token of one linking is never
 * used for another.
 */
#ifndef VAULT_H
#define VAULT_H

#include "connections.h"
#include "graph_client.h"
#include "redis.h"

struct vault;

struct vault_options {
	const char *key_file;	/* "" or the file of secrets.key_file */
	const char *prefix;	/* of every key */
};

/* vault_new: NULL and *e name the file and the remedy. vault_use says where the records are,
 * before anybody asks. vault_reread reads the key file again (SIGHUP). vault_free after
 * everything that was asked of Redis has been answered. */
struct vault *vault_new(const struct vault_options *o, struct err *e);
void vault_use(struct vault *v, struct redis *r);
int vault_reread(struct vault *v, struct err *e) MUST_CHECK;
void vault_free(struct vault *v);

struct graph_vault vault_for_graph(struct vault *v);

/* vault_account is what graph calls a linking; free it. */
char *vault_account(const char *name, const struct connection *c);

#endif
