/* api - what serves each route; the list of them is routes.c. */
#ifndef API_H
#define API_H

struct visit;

/* health.c */
void serve_health(struct visit *v);

#endif
