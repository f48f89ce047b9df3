/* visit - between visit.c and answer.c, which ends a visit. */
#ifndef VISIT_H
#define VISIT_H

#include "web.h"

void visit_free(struct visit *v);

#endif
