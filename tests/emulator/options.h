/* options - the command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

#define OPTIONS_LIST 64

struct options {
	const char *listen;
	const char *worlds[OPTIONS_LIST];	/* NULL at the end */
	const char *oneroster;
	const char *schools[OPTIONS_LIST];	/* NULL at the end */
	const char *tenant, *domain;
	const char *scenario;
	const char *ledger, *state;
	const char *tls_cert, *tls_key;
	double scale;
	uint64_t seed;
};

/* options_read fills *o, or says what is wrong and exits with status 2. */
void options_read(struct options *o, int argc, char **argv);

#endif
