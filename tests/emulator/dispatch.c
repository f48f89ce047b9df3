/* dispatch - see dispatch.h. The order of graph_answer is Microsoft's, as far as
 * it shows: who are you, not so fast, may you, what do you want. */
#include "dispatch.h"

#include <string.h>
#include <strings.h>

#include "access.h"
#include "buf.h"
#include "json.h"
#include "routes.h"

#define BODY_DEPTH 32
#define ID_MAX	   200

bool call_open(struct call *c, struct emulator *em, const char *method, const char *target)
{
	memset(c, 0, sizeof(*c));
	c->em = em;
	c->method = method;
	c->reply.part = -1;
	c->set = em->settings;
	guid_random(&em->random, c->request_id);
	bool readable = url_read(&c->url, target);
	bool graph = c->url.count && (!strcasecmp(c->url.segments[0], "v1.0") ||
					 !strcasecmp(c->url.segments[0], "beta"));
	c->path = url_path(&c->url, graph ? 1 : 0);
	if (!readable)
		reply_error(c, 400, "BadRequest", "The request URI is not valid.");
	return readable;
}

void call_close(struct call *c)
{
	url_clear(&c->url);
	reply_clear(&c->reply);
	free(c->path);
	free(c->client_request_id);
	json_decref(c->body);
	json_decref(c->who.grants);
}

void call_name(struct call *c, const char *client_request_id)
{
	if (!client_request_id || strlen(client_request_id) > ID_MAX)
		return;
	for (const char *at = client_request_id; *at; at++)
		if (*at <= ' ' || *at > '~')
			return;
	c->client_request_id = xstrdup(client_request_id);
}

struct user *call_user(const struct call *c, const char *id_or_upn)
{
	struct user *u = user_find(c->who.tenant, id_or_upn);
	return u && u->visible_at <= moment_now(&c->em->time) ? u : NULL;
}

struct group *call_group(const struct call *c, const char *id)
{
	struct group *g = group_find(c->who.tenant, id);
	bool visible =
	    g && !g->failed && !g->deleted_wall_ms && g->visible_at <= moment_now(&c->em->time);
	return visible ? g : NULL;
}

struct group *call_team(const struct call *c, const char *id)
{
	struct group *g = group_find(c->who.tenant, id);
	int64_t now = moment_now(&c->em->time);
	if (!g || !g->is_team || g->team_at > now)
		return NULL;
	return g->deleted_wall_ms && g->gone_at <= now ? NULL : g;
}

static bool read_body(struct call *c)
{
	bool writes =
	    !strcmp(c->method, "POST") || !strcmp(c->method, "PATCH") || !strcmp(c->method, "PUT");
	if (!writes || !c->text_length || c->body)
		return true;
	if (!c->content_type || !strcasestr(c->content_type, "json")) {
		reply_bad_request(c,
		    "Write requests (excluding DELETE) must contain the Content-Type "
		    "header declaration.");
		return false;
	}
	c->body = json_read(c->text, c->text_length, BODY_DEPTH, NULL);
	if (!json_is_object(c->body))
		reply_error(c, 400, "BadRequest",
		    "Unable to read JSON request payload. Please ensure "
		    "Content-Type header is set and payload is of valid "
		    "JSON format.");
	return json_is_object(c->body);
}

static void expire(struct call *c)
{
	json_decref(c->who.grants);
	c->who.grants = NULL;
	access_read(c);
}

static void serve(struct call *c)
{
	if (!access_read(c) || !route_find(c))
		return;
	stats_arrived(&c->em->stats, c);
	if (!read_body(c) || !throttle_admit(c))
		return;
	struct firing firing = faults_fire(c);
	if (c->who.issued_at < c->em->tokens_expired_at)
		expire(c);
	else if (firing.answer && !firing.after_effect)
		faults_answer(c, &firing);
	else if (access_check(c))
		c->route->handle(c);
	if (firing.answer && firing.after_effect)
		faults_answer(c, &firing);
}

void graph_answer(struct call *c)
{
	reply_header(c, "Cache-Control", "no-cache");
	reply_header(c, "request-id", c->request_id);
	if (c->client_request_id)
		reply_header(c, "client-request-id", c->client_request_id);
	if (!c->in_batch) {
		reply_header(c, "Strict-Transport-Security", "max-age=31536000");
		reply_header(c, "x-ms-ags-diagnostic",
		    "{\"ServerInfo\":{\"DataCenter\":\"South Africa "
		    "North\",\"Slice\":\"E\",\"Ring\":"
		    "\"0\",\"ScaleUnit\":\"000\",\"RoleInstance\":\"rollcall-emulator\"}}");
		reply_header(c, "OData-Version", "4.0");
	}
	serve(c);
	stats_replied(&c->em->stats, c);
}
