/* options - see options.h; README.md explains what each is for. */
#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, LIST, SCALE, SEED };

static const struct option {
	const char *name;
	enum kind kind;
	size_t place;
} table[] = {
    {"listen", TEXT, offsetof(struct options, listen)},
    {"world", LIST, offsetof(struct options, worlds)},
    {"oneroster", TEXT, offsetof(struct options, oneroster)},
    {"school", LIST, offsetof(struct options, schools)},
    {"tenant", TEXT, offsetof(struct options, tenant)},
    {"domain", TEXT, offsetof(struct options, domain)},
    {"scenario", TEXT, offsetof(struct options, scenario)},
    {"scale", SCALE, offsetof(struct options, scale)},
    {"ledger", TEXT, offsetof(struct options, ledger)},
    {"state", TEXT, offsetof(struct options, state)},
    {"seed", SEED, offsetof(struct options, seed)},
    {"tls-cert", TEXT, offsetof(struct options, tls_cert)},
    {"tls-key", TEXT, offsetof(struct options, tls_key)},
};

static const char usage_text[] =
    "usage: rollcall-emulator [--listen ADDRESS:PORT] [--world FILE]... [--oneroster DIR]\n"
    "           [--school SOURCEDID]... [--tenant GUID] [--domain NAME] [--scenario FILE]\n"
    "           [--scale N] [--ledger FILE] [--state FILE] [--seed N]\n"
    "           [--tls-cert FILE --tls-key FILE]\n";

static void refuse(const char *what, const char *name)
{
	fprintf(stderr, "rollcall-emulator: %s%s\n%s", what, name, usage_text);
	exit(2);
}

static const struct option *find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == length && !strncmp(table[i].name, name, length))
			return &table[i];
	return NULL;
}

static void store(struct options *o, const struct option *option, const char *value)
{
	void *place = (char *)o + option->place;
	char *end = NULL;
	switch (option->kind) {
	case TEXT:
		*(const char **)place = value;
		return;
	case LIST:
		for (const char **list = place;; list++) {
			if (list == (const char **)place + OPTIONS_LIST - 1)
				refuse("too many of --", option->name);
			if (!*list) {
				*list = value;
				return;
			}
		}
	case SCALE:
		o->scale = strtod(value, &end);
		if (*end || o->scale < 0.01 || o->scale > 100000)
			refuse("--scale wants 0.01 to 100000, not ", value);
		return;
	case SEED:
		o->seed = strtoull(value, &end, 10);
		if (*end)
			refuse("--seed wants a number, not ", value);
		return;
	}
}

void options_read(struct options *o, int argc, char **argv)
{
	*o = (struct options){.listen = "127.0.0.1:0", .scale = 1.0, .seed = 1};
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		if (!strcmp(name, "--help")) {
			fputs(usage_text, stdout);
			exit(0);
		}
		if (strncmp(name, "--", 2) != 0)
			refuse("unexpected: ", name);
		size_t length = strcspn(name + 2, "=");
		const struct option *option = find(name + 2, length);
		const char *equals = strchr(name, '=');
		if (!option)
			refuse("unknown: ", name);
		if (!equals && i + 1 == argc)
			refuse("a value is missing after ", name);
		store(o, option, equals ? equals + 1 : argv[++i]);
	}
	if (!o->tls_cert != !o->tls_key)
		refuse("--tls-cert and --tls-key go together", "");
}
