/*
 * world_oneroster - a tenant whose accounts are the people of a OneRoster folder:
 * students, teachers and administrators of users.csv; guardians have none.
 *
 * An account's id follows from the sourcedId. An overlay, directory.json beside
 * users.csv, says where the directory differs from the register: who has no
 * account, who is disabled, whose address is an alias only.
 */
#include <string.h>

#include "buf.h"
#include "csv.h"
#include "json.h"
#include "world.h"

#define DEFAULT_TENANT "22222222-2222-2222-2222-222222222222"
#define DEFAULT_DOMAIN "school.example"

struct reading {
	const struct oneroster_options *options;
	json_t *overlay; /* owned, may be NULL */
	struct tenant *tenant;
};

static bool listed(const struct reading *r, const char *list, const char *id)
{
	size_t n;
	json_t *one;
	json_array_foreach (json_list(r->overlay, list), n, one)
		if (json_is_string(one) && !strcmp(json_string_value(one), id))
			return true;
	return false;
}

/* orgSourcedIds is a list with commas. */
static bool in_schools(const struct reading *r, const char *schools)
{
	if (!r->options->schools || !r->options->schools[0])
		return true;
	for (size_t i = 0; r->options->schools[i]; i++) {
		const char *want = r->options->schools[i];
		const char *at = strstr(schools, want);
		char after = at ? at[strlen(want)] : 'x';
		if (at && (at == schools || at[-1] == ',' || at[-1] == ' ') &&
		    (after == '\0' || after == ','))
			return true;
	}
	return false;
}

static bool has_account(const struct reading *r, const struct csv *c)
{
	static const char roles[] = " student teacher administrator aide ";
	char *padded = xasprintf(" %s ", csv_field(c, "role"));
	bool known = strstr(roles, padded) != NULL;
	free(padded);
	if (!known)
		return false;
	if (!strcmp(csv_field(c, "status"), "tobedeleted") || !*csv_field(c, "email"))
		return false;
	return in_schools(r, csv_field(c, "orgSourcedIds")) &&
	       !listed(r, "absent", csv_field(c, "sourcedId"));
}

/* The roster's address is an alias of an account with another primary address. */
static void make_alias(json_t *p, const char *primary, const char *alias)
{
	json_object_set_new(p, "mail", json_string(primary));
	json_object_set_new(p, "userPrincipalName", json_string(primary));
	char *first = xasprintf("SMTP:%s", primary), *second = xasprintf("smtp:%s", alias);
	json_object_set_new(p, "proxyAddresses", json_pack("[s,s]", first, second));
	free(first);
	free(second);
}

static void make_guest(json_t *p, const char *address, const char *domain)
{
	size_t local = strcspn(address, "@");
	char *upn = xasprintf("%.*s_%s#EXT#@%.*s.onmicrosoft.com", (int)local, address,
	    address[local] ? address + local + 1 : "", (int)strcspn(domain, "."), domain);
	json_object_set_new(p, "userPrincipalName", json_string(upn));
	json_object_set_new(p, "userType", json_string("Guest"));
	free(upn);
}

static void add_person(struct reading *r, const struct csv *c)
{
	char id[GUID_ROOM];
	const char *source = csv_field(c, "sourcedId"), *address = csv_field(c, "email");
	json_t *p = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", guid_of(source, id), "givenName",
	    csv_field(c, "givenName"), "surname", csv_field(c, "familyName"), "mail", address,
	    "userPrincipalName", address);
	if (!p) /* a name that is not UTF-8 */
		return;
	if (*csv_field(c, "identifier"))
		json_object_set_new(p, "employeeId", json_string(csv_field(c, "identifier")));
	const char *primary = json_text(json_map(r->overlay, "alias_only"), source);
	if (primary)
		make_alias(p, primary, address);
	if (listed(r, "guests", source))
		make_guest(p, address, r->tenant->domain);
	if (listed(r, "no_mail", source)) {
		json_object_set_new(p, "mail", json_null());
		json_object_set_new(p, "proxyAddresses", json_array());
	}
	struct user *u = user_new(r->tenant, p);
	json_object_set_new(
	    u->properties, "accountEnabled", json_boolean(!listed(r, "disabled", source)));
	u->licensed = !listed(r, "unlicensed", source);
}

static void choose_tenant(struct world *w, struct reading *r)
{
	const char *id = r->options->tenant, *domain = r->options->domain;
	if (!id)
		id = json_text_or(r->overlay, "tenant", DEFAULT_TENANT);
	if (!domain)
		domain = json_text_or(r->overlay, "domain", DEFAULT_DOMAIN);
	r->tenant = world_tenant(w, id);
	if (!r->tenant)
		r->tenant = tenant_new(w, id, domain);
}

static int read_overlay(struct reading *r, struct err *e)
{
	char *path = xasprintf("%s/directory.json", r->options->folder);
	FILE *f = fopen(path, "re");
	json_error_t why;
	int status = 0;
	if (f) {
		r->overlay = json_loadf(f, JSON_REJECT_DUPLICATES, &why);
		fclose(f);
		if (!r->overlay)
			status = err_set(e, ERR_INPUT, "%s:%d: %s", path, why.line, why.text);
	}
	free(path);
	return status;
}

int world_read_oneroster(struct world *w, const struct oneroster_options *o, struct err *e)
{
	struct reading r = {.options = o};
	struct csv c;
	if (read_overlay(&r, e) < 0)
		return e->code;
	char *path = xasprintf("%s/users.csv", o->folder);
	int status = csv_open(&c, path, e);
	free(path);
	if (status == 0) {
		choose_tenant(w, &r);
		while (csv_next(&c))
			if (has_account(&r, &c))
				add_person(&r, &c);
		csv_close(&c);
		json_t *extra = json_pack("{s:[{s:s,s:O}]}", "tenants", "id", r.tenant->id, "users",
		    json_list(r.overlay, "extra") ? json_list(r.overlay, "extra") : json_null());
		status = world_merge(w, extra, o->folder, e);
		json_decref(extra);
	}
	json_decref(r.overlay);
	return status;
}
