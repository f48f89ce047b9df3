/* emulator - everything one running emulator has. */
#ifndef EMULATOR_H
#define EMULATOR_H

#include "faults.h"
#include "ids.h"
#include "keys.h"
#include "ledger.h"
#include "loop.h"
#include "moment.h"
#include "options.h"
#include "server.h"
#include "settings.h"
#include "stats.h"
#include "throttle.h"
#include "world.h"

struct emulator {
	const struct options *options;
	struct loop *loop;
	struct server *server;
	struct moments time;
	struct random random;
	struct world world;
	struct ledger ledger;
	struct settings settings;
	struct faults faults;
	struct throttle throttle;
	struct stats stats;
	struct keys keys;
	struct map tokens;		/* access token to what it grants: a cache */
	struct map codes;		/* redeemed authorization codes */
	int64_t tokens_expired_at;	/* tokens issued before are expired: a moment */
};

/* emulator_load builds the world from the options' files and replays the state. */
int emulator_load(struct emulator *em, struct err *e) MUST_CHECK;

/* emulator_reset goes back to the start: world, ledger, quotas, faults, counts. */
int emulator_reset(struct emulator *em, struct err *e) MUST_CHECK;
void emulator_clear(struct emulator *em);

/* front_answer takes a request from the server: the first function of all. */
void front_answer(void *ctx, struct exchange *x);	/* ctx is the emulator */

#endif
