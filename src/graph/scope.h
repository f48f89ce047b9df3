/*
 * scope - what Microsoft has parked, as text that workers tell each other:
 *
 *	app                        every call
 *	app:<class>                one class of calls, of every tenant
 *	tenant:<tenant>            all of a tenant
 *	tenant:<tenant>:<class>    one class of its calls
 *	team:<tenant>:<team>       one team
 */
#ifndef SCOPE_H
#define SCOPE_H

#include <stdbool.h>

#include "err.h"
#include "governor.h"

enum scope_kind { SCOPE_APP, SCOPE_APP_CLASS, SCOPE_TENANT, SCOPE_TENANT_CLASS, SCOPE_TEAM };

enum { SCOPE_ROOM = 224 };

struct scope {
	enum scope_kind kind;
	char tenant[128];
	char team[64];
	enum call_class class;
};

int scope_read(const char *text, struct scope *s) MUST_CHECK;
void scope_write(const struct scope *s, char text[SCOPE_ROOM]);

/* What an x-ms-throttle-scope header says of a refusal. */
enum said { SAID_NOTHING, SAID_RESOURCE, SAID_TENANT, SAID_APP };

struct scope_said {
	enum said who;
	bool reads_and_writes; /* both share the quota that is used up */
};

struct scope_said scope_header(const char *header);

#endif
