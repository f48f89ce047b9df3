/* tenant - is this the id of a school's Microsoft tenant? */
#ifndef TENANT_H
#define TENANT_H

/* tenant_doubt says what is odd about a tenant id, in a sentence; NULL if nothing is. */
const char *tenant_doubt(const char *tenant_id);

#endif
