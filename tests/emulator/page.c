/* page - see page.h. */
#include "page.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "filter.h"

#define CLAUSES_MAX  15
#define HEIGHT_MAX   3
#define VALUE_MAX    120
#define TOKEN_PREFIX "place:"

static bool read_token(struct call *c, struct page *p)
{
	const char *token = url_parameter(&c->url, "$skiptoken");
	size_t length = 0;
	if (!token)
		return true;
	char *text = (char *)base64_read(token, strlen(token), &length);
	bool good = text && !strncmp(text, TOKEN_PREFIX, strlen(TOKEN_PREFIX));
	if (good)
		p->after = strtoll(text + strlen(TOKEN_PREFIX), NULL, 10);
	else
		reply_bad_request(c, "Skip token is not valid.");
	free(text);
	return good;
}

bool page_open(struct call *c, struct page *p, int usual, int largest)
{
	const char *top = url_parameter(&c->url, "$top");
	*p = (struct page){.room = (size_t)usual};
	if (top) {
		char *end;
		long size = strtol(top, &end, 10);
		if (*end || size < 1 || size > largest) {
			reply_bad_request(c,
			    "Invalid page size specified: '%.20s'. Must be between 1 and "
			    "%d inclusive.",
			    top, largest);
			return false;
		}
		p->room = (size_t)size;
	}
	if (c->set.page_size > 0 && p->room > (size_t)c->set.page_size)
		p->room = (size_t)c->set.page_size;
	if (!read_token(c, p))
		return false;
	p->value = json_array();
	return true;
}

bool page_wants(struct page *p, int64_t place)
{
	if (place <= p->after || p->more)
		return false;
	p->more = p->room == 0;
	return !p->more;
}

void page_put(struct page *p, int64_t place, json_t *resource)
{
	json_array_append_new(p->value, resource);
	p->room--;
	p->last = place;
}

void page_drop(struct page *p)
{
	json_decref(p->value);
}

/* The same request with another $skiptoken. */
static char *next_link(const struct call *c, int64_t place)
{
	struct buf b;
	bool first = true;
	buf_init(&b, 0);
	buf_addf(&b, "%s/v1.0", c->set.next_link_host ? c->set.next_link_host : c->base);
	for (size_t i = 1; i < c->url.count; i++) {
		buf_adds(&b, "/");
		buf_url(&b, c->url.segments[i]);
	}
	for (size_t i = 0; i < c->url.parameter_count; i++) {
		if (!strcasecmp(c->url.parameters[i].name, "$skiptoken"))
			continue;
		buf_addf(&b, "%c%s=", first ? '?' : '&', c->url.parameters[i].name);
		buf_url(&b, c->url.parameters[i].value);
		first = false;
	}
	char *plain = xasprintf(TOKEN_PREFIX "%lld", (long long)place);
	char *token = base64_url(plain, strlen(plain));
	buf_addf(&b, "%c$skiptoken=%s", first ? '?' : '&', token);
	free(plain);
	free(token);
	return buf_take(&b);
}

void page_reply(struct call *c, struct page *p, json_t *body)
{
	if (p->more || (c->set.next_link_self && json_array_size(p->value))) {
		char *link = next_link(c, c->set.next_link_self ? p->after : p->last);
		json_object_set_new(body, "@odata.nextLink", json_string(link));
		free(link);
	}
	json_object_set_new(body, "value", p->value);
	reply_json(c, 200, body);
}

json_t *page_select(const struct call *c, const json_t *resource, const char *usual)
{
	const char *names = url_parameter(&c->url, "$select");
	if (!names || !*names || !strcmp(names, "*"))
		names = usual;
	if (!names)
		return json_copy((json_t *)(uintptr_t)resource);
	json_t *chosen = json_object();
	while (*names) {
		size_t length = strcspn(names, ", ");
		char name[64];
		if (length && length < sizeof(name)) {
			memcpy(name, names, length);
			name[length] = '\0';
			json_t *value = json_object_get(resource, name);
			if (value)
				json_object_set(chosen, name, value);
		}
		names += length + (names[length] != '\0');
	}
	return chosen;
}

static bool is_eventual(const struct call *c)
{
	const char *count = url_parameter(&c->url, "$count");
	return c->consistency && !strcasecmp(c->consistency, "eventual") && count &&
	       !strcasecmp(count, "true");
}

static bool check_facts(struct call *c, const struct filter *f)
{
	struct filter_facts facts = filter_judge(f);
	bool eventual = is_eventual(c);
	if (facts.advanced && !eventual) {
		reply_error(c, 400, "Request_UnsupportedQuery", "Unsupported Query.");
		return false;
	}
	if (facts.clauses > CLAUSES_MAX && !eventual) {
		reply_bad_request(c,
		    "Too many child clauses specified in search filter expression "
		    "containing 'OR' operators: %zu. Max allowed: %d.",
		    facts.clauses, CLAUSES_MAX);
		return false;
	}
	if (facts.height > HEIGHT_MAX) {
		reply_bad_request(c,
		    "The filter expression is too complex: its height is %zu, at most %d "
		    "is allowed.",
		    facts.height, HEIGHT_MAX);
		return false;
	}
	if (facts.longest_value > VALUE_MAX) {
		reply_bad_request(c, "A filter value is longer than %d characters.", VALUE_MAX);
		return false;
	}
	return true;
}

bool query_filter(struct call *c, const char *known, const char *type, struct filter **filter)
{
	const char *text = url_parameter(&c->url, "$filter");
	const char *count = url_parameter(&c->url, "$count");
	*filter = NULL;
	if (url_parameter(&c->url, "$orderby") || url_parameter(&c->url, "$search") ||
	    (count && !strcasecmp(count, "true") && !is_eventual(c))) {
		reply_error(c, 400, "Request_UnsupportedQuery", "Unsupported Query.");
		return false;
	}
	if (!text)
		return true;
	*filter = filter_read(text);
	const char *unknown = *filter ? filter_unknown(*filter, known) : NULL;
	bool good = false;
	if (!*filter)
		reply_error(c, 400, "BadRequest", "Invalid filter clause: '%.200s'.", text);
	else if (unknown)
		reply_error(c, 400, "BadRequest",
		    "Could not find a property named '%.100s' on type '%s'.", unknown, type);
	else
		good = check_facts(c, *filter);
	if (good)
		return true;
	filter_free(*filter);
	*filter = NULL;
	return false;
}
