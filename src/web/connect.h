/* connect - a staff member's Microsoft Connection, as their pages are told of it. */
#ifndef CONNECT_H
#define CONNECT_H

#include "connections.h"
#include "json.h"
#include "web.h"

/* connect_view is the object of GET /v1/connection, and the member connection of GET /v1/me. */
json_t *connect_view(const struct visit *v, const struct school *s, const struct connection *c);

/* connect_is_whole: the school is connected as a whole, and nobody links an account. */
bool connect_is_whole(const struct school *s);

#endif
