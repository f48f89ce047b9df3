/* emulator - building, resetting and taking down; see emulator.h. */
#include "emulator.h"

#include <string.h>
#include <unistd.h>

#include "access.h"
#include "change.h"

#define DEFAULT_TENANT "22222222-2222-2222-2222-222222222222"

static int load_world(struct emulator *em, struct err *e)
{
	const struct options *o = em->options;
	for (size_t i = 0; o->worlds[i]; i++)
		if (world_read(&em->world, o->worlds[i], e) < 0)
			return e->code;
	struct oneroster_options roster = {o->oneroster, o->tenant, o->domain, o->schools};
	if (o->oneroster && world_read_oneroster(&em->world, &roster, e) < 0)
		return e->code;
	if (!em->world.apps.count)
		world_add_demo_app(&em->world);
	if (!em->world.tenants.count)
		tenant_new(&em->world, o->tenant ? o->tenant : DEFAULT_TENANT,
		    o->domain ? o->domain : "school.example");
	return 0;
}

static int load_scenario(struct emulator *em, struct err *e)
{
	em->settings = settings_default;
	if (!em->options->scenario)
		return 0;
	json_error_t why;
	json_t *scenario = json_load_file(em->options->scenario, JSON_REJECT_DUPLICATES, &why);
	if (!scenario)
		return err_set(
		    e, ERR_INPUT, "%s:%d: %s", em->options->scenario, why.line, why.text);
	int status = faults_add(&em->faults, scenario, e);
	json_decref(scenario);
	if (status < 0)
		err_prefix(e, "%s", em->options->scenario);
	settings_take(&em->settings, em->faults.settings);
	return status;
}

/* A restarted emulator must not give out the ids of the run before. */
static void seed(struct emulator *em)
{
	random_seed(&em->random, em->options->seed ^ (uint64_t)em->ledger.next_seq << 32);
}

int emulator_load(struct emulator *em, struct err *e)
{
	const struct options *o = em->options;
	moment_start(&em->time, o->scale);
	world_init(&em->world, &em->time);
	ledger_init(&em->ledger);
	faults_init(&em->faults);
	throttle_init(&em->throttle);
	stats_init(&em->stats);
	keys_init(&em->keys, o->seed);
	map_init(&em->tokens);
	map_init(&em->codes);
	em->tokens_expired_at = 0;
	if (load_world(em, e) < 0 || load_scenario(em, e) < 0)
		return e->code;
	if (o->state && change_replay(em, o->state, e) < 0)
		return e->code;
	seed(em);
	if (o->state && ledger_open(&em->ledger, o->state, false, e) < 0)
		return e->code;
	return o->ledger ? ledger_open(&em->ledger, o->ledger, true, e) : 0;
}

void emulator_clear(struct emulator *em)
{
	access_forget(em);
	map_clear(&em->codes);
	world_clear(&em->world);
	ledger_clear(&em->ledger);
	faults_clear(&em->faults);
	throttle_clear(&em->throttle);
	stats_clear(&em->stats);
	keys_clear(&em->keys);
}

int emulator_reset(struct emulator *em, struct err *e)
{
	int64_t in_flight = em->stats.in_flight;
	if (em->options->state && truncate(em->options->state, 0) < 0)
		return err_set(e, ERR_SYSTEM, "%s: %m", em->options->state);
	emulator_clear(em);
	int status = emulator_load(em, e);
	em->stats.in_flight = in_flight;
	return status;
}
