/* redis_fitness - can this Redis be trusted with jobs? Judged by what INFO says. */
#ifndef REDIS_FITNESS_H
#define REDIS_FITNESS_H

#include <stddef.h>

enum fitness {
	FIT,
	FIT_FOR_NOW,	/* somebody should look */
	RISKY,		/* works, but loses jobs when things go badly */
	UNFIT,		/* a worker refuses it */
};

struct fitness_finding {
	enum fitness fitness;
	const char *what;	/* "Redis version", "Redis persistence", "Redis memory" */
	char text[128];
	const char *remedy;	/* "" when FIT */
};

enum { FITNESS_FINDINGS = 3 };

/* redis_fitness reads the text of INFO (all sections) and fills findings. */
void redis_fitness(const char *info, struct fitness_finding findings[FITNESS_FINDINGS]);

#endif
