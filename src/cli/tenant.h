/* tenant - is this the id of a school's Microsoft tenant? */
#ifndef TENANT_H
#define TENANT_H

/* tenant_wrong says why no tenant can be called so: it is neither a GUID nor a domain.
 * tenant_doubt says that, and what else is odd about a tenant. Both give a sentence, or
 * NULL when there is nothing to say. */
const char *tenant_wrong(const char *tenant_id);
const char *tenant_doubt(const char *tenant_id);

#endif
