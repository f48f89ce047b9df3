/* dispatch - the life of a call: opened, answered, closed. */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "call.h"

/* call_open fills *c; false (and a reply) if target cannot be read. Close it in
 * either case. What is given must live until then. */
bool call_open(struct call *c, struct emulator *em, const char *method, const char *target);
void call_close(struct call *c);

/* call_name takes the client's own id for the request, if it can be echoed. */
void call_name(struct call *c, const char *client_request_id);

/* graph_answer takes a call through token, quota, faults and permission to its
 * handler; batch_answer takes a batch apart. */
void graph_answer(struct call *c);
void batch_answer(struct call *c);

/* login_answer serves the sign-in pages and the token endpoint. */
void login_answer(struct call *c);

#endif
