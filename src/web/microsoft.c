/* microsoft - opened once, from [app] and [graph]. */
#include "microsoft.h"

#include <stdlib.h>

#include "buf.h"
#include "origin.h"

static const char way_back[] = "/staff/connected";

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static struct sign_in *open_sign_in(const struct web *web, struct err *e)
{
	const struct config *c = web->config;
	return sign_in_new(
	    &(struct sign_in_options){
		.loop = web->loop,
		.http = web->http,
		.root = c->graph.root,
		.authority = c->graph.authority,
		.client_id = c->app.client_id,
		.secret_file = or_null(c->app.client_secret_file),
		.certificate_file = or_null(c->app.certificate_file),
		.key_file = or_null(c->app.key_file),
		.timeout_ms = c->graph.timeout_ms,
	    },
	    e);
}

struct microsoft *microsoft_open(const struct web *web, struct err *e)
{
	const struct config *c = web->config;
	struct microsoft *m = xcalloc(1, sizeof *m);
	bool is_set_up =
	    *c->app.client_id && (*c->app.client_secret_file || *c->app.certificate_file);
	if (is_set_up && !(m->sign_in = open_sign_in(web, e))) {
		free(m);
		return NULL;
	}
	char *url = xasprintf("%s/organizations/discovery/v2.0/keys", c->graph.authority);
	m->keys = jwks_new(web->loop, web->http, url, c->graph.timeout_ms);
	free(url);
	return m;
}

int microsoft_reread(struct microsoft *m, struct err *e)
{
	return m->sign_in ? sign_in_reread(m->sign_in, e) : 0;
}

void microsoft_close(struct microsoft *m)
{
	if (!m)
		return;
	sign_in_free(m->sign_in);
	jwks_free(m->keys);
	free(m);
}

char *microsoft_way_back(const struct visit *v)
{
	char ours[ORIGIN_ROOM];
	const char *public_url = v->web->config->web.public_url;
	if (*public_url)
		return xasprintf("%s%s", public_url, way_back);
	return xasprintf("%s%s", origin_own(v, ours) ? ours : "", way_back);
}

char *microsoft_consent_url(const struct visit *v, const char *tenant)
{
	const struct config *c = v->web->config;
	char *back = microsoft_way_back(v);
	char *url = sign_in_consent_url(c->graph.root, c->graph.authority, c->app.client_id,
	    sign_in_is_tenant(tenant) ? tenant : "", back);
	free(back);
	return url;
}
