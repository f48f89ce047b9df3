/* directory - what other files need of accounts and groups as resources. */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include "call.h"

#define USER_USUAL \
	"businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation," \
	"preferredLanguage,surname,userPrincipalName,id"

/* user_resource gives what $select and the caller's permissions leave of u. */
json_t *user_resource(const struct call *c, const struct user *u);

/* group_resource gives all properties of g (groups.c). */
json_t *group_resource(const struct call *c, const struct group *g);

#endif
