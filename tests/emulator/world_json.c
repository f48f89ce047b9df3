/*
 * world_json - apps and tenants as a world file gives them (README.md lists the
 * keys). Several files add up; a tenant or app named again gets what is new.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "world.h"

#define DEMO_APP    "11111111-1111-1111-1111-111111111111"
#define DEMO_SECRET "demo-secret"

static const char *const every_role[] = {"User.Read.All", "User.ReadBasic.All",
    "User.ReadWrite.All", "Team.Create", "Team.ReadBasic.All", "TeamMember.Read.All",
    "TeamMember.ReadWrite.All", "TeamMember.ReadWriteNonOwnerRole.All",
    "TeamSettings.ReadWrite.All", "Group.Create", "Group.Read.All", "Group.ReadWrite.All",
    "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Member.Read.Hidden", "EduRoster.Read.All",
    "EduRoster.ReadWrite.All"};

static json_t *all_roles(void)
{
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof(every_role) / sizeof(every_role[0]); i++)
		json_array_append_new(list, json_string(every_role[i]));
	return list;
}

void world_add_demo_app(struct world *w)
{
	struct app *a = app_new(w, DEMO_APP, DEMO_SECRET);
	json_decref(a->roles);
	a->roles = all_roles();
	json_array_append_new(a->redirect_uris, json_string("*"));
}

static void thumbprint(X509 *certificate, const EVP_MD *kind, char *to, size_t room)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	X509_digest(certificate, kind, digest, &length);
	char *text = base64_url(digest, length);
	text_copy(to, room, text);
	free(text);
}

static int read_certificate(struct app *a, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	X509 *certificate = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		fclose(f);
	if (!certificate)
		return err_set(e, ERR_INPUT, "%s: no certificate in PEM form can be read", path);
	EVP_PKEY_free(a->key);
	a->key = X509_get_pubkey(certificate);
	thumbprint(certificate, EVP_sha256(), a->thumbprint, sizeof(a->thumbprint));
	thumbprint(certificate, EVP_sha1(), a->thumbprint_sha1, sizeof(a->thumbprint_sha1));
	X509_free(certificate);
	return a->key ? 0 : err_set(e, ERR_INPUT, "%s: the certificate has no key", path);
}

/* "*", or a list that may hold "*". */
static bool is_everything(const json_t *value)
{
	const json_t *first = json_is_array(value) ? json_array_get(value, 0) : value;
	return json_is_string(first) && !strcmp(json_string_value(first), "*");
}

static void set_consents(struct app *a, const json_t *tenants)
{
	size_t n;
	json_t *one;
	a->any_tenant = is_everything(tenants);
	json_array_foreach (tenants, n, one)
		if (json_is_string(one))
			map_set(&a->consents, json_string_value(one), a);
}

static int merge_app(struct world *w, const json_t *from, const char *folder, struct err *e)
{
	const char *id = json_text(from, "client_id");
	if (!id)
		return err_set(e, ERR_INPUT, "an app without client_id");
	struct app *a = world_app(w, id);
	bool is_new = !a;
	if (is_new)
		a = app_new(w, id, json_text(from, "secret"));
	json_t *roles = json_object_get(from, "roles");
	if (roles || is_new) {
		json_decref(a->roles);
		a->roles = !roles || is_everything(roles) ? all_roles() : json_incref(roles);
	}
	if (json_list(from, "redirect_uris"))
		json_array_extend(a->redirect_uris, json_list(from, "redirect_uris"));
	else if (is_new)
		json_array_append_new(a->redirect_uris, json_string("*"));
	if (json_object_get(from, "tenants"))
		set_consents(a, json_object_get(from, "tenants"));
	a->disabled = json_bool(from, "disabled", a->disabled);
	a->token_error = (int)json_int(from, "token_error", a->token_error);
	const char *file = json_text(from, "certificate_file");
	if (!file)
		return 0;
	char *path = *file == '/' ? xstrdup(file) : xasprintf("%s/%s", folder, file);
	int status = read_certificate(a, path, e);
	free(path);
	return status;
}

static int merge_user(struct tenant *t, const struct moments *time, json_t *from, struct err *e)
{
	if (!json_is_object(from))
		return err_set(e, ERR_INPUT, "tenant %s: a user is no object", t->id);
	const char *id = json_text(from, "id");
	if (id && !guid_is(id))
		return err_set(e, ERR_INPUT, "tenant %s: user id %s is no GUID", t->id, id);
	if (id && user_find(t, id)) {
		user_set(user_find(t, id), from);
		return 0;
	}
	int64_t after_ms = json_int(from, "visible_after_ms", 0);
	struct user *u = user_new(t, json_deep_copy(from));
	u->visible_at = after_ms ? moment_now(time) + after_ms : 0;
	return 0;
}

static int merge_tenant(struct world *w, const json_t *from, struct err *e)
{
	const char *id = json_text(from, "id");
	if (!id || !guid_is(id))
		return err_set(e, ERR_INPUT, "tenant id \"%s\" is no GUID", id ? id : "");
	struct tenant *t = world_tenant(w, id);
	if (!t)
		t = tenant_new(w, id, json_text_or(from, "domain", "school.example"));
	t->size = json_int(from, "size", t->size);
	t->admin_consent = json_bool(from, "admin_consent", t->admin_consent);
	t->token_error = (int)json_int(from, "token_error", t->token_error);
	const json_t *policy = json_map(from, "naming_policy");
	if (policy) {
		free(t->name_prefix);
		free(t->name_suffix);
		t->name_prefix = xstrdup(json_text(policy, "prefix"));
		t->name_suffix = xstrdup(json_text(policy, "suffix"));
		free(t->blocked_words);
		t->blocked_words = xstrdup(json_text(policy, "blocked"));
	}
	if (json_list(from, "domains")) {
		json_decref(t->domains);
		t->domains = json_deep_copy(json_list(from, "domains"));
	}
	size_t n;
	json_t *user;
	json_array_foreach (json_list(from, "users"), n, user)
		if (merge_user(t, w->time, user, e) < 0)
			return e->code;
	return 0;
}

int world_merge(struct world *w, const json_t *from, const char *folder, struct err *e)
{
	size_t n;
	json_t *one;
	json_array_foreach (json_list(from, "apps"), n, one)
		if (merge_app(w, one, folder, e) < 0)
			return e->code;
	json_array_foreach (json_list(from, "tenants"), n, one)
		if (merge_tenant(w, one, e) < 0)
			return e->code;
	return 0;
}

int world_read(struct world *w, const char *path, struct err *e)
{
	json_error_t why;
	json_t *from = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!from)
		return err_set(e, ERR_INPUT, "%s:%d: %s", path, why.line, why.text);
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	int status = world_merge(w, from, folder, e);
	if (status < 0)
		err_prefix(e, "%s", path);
	free(folder);
	json_decref(from);
	return status;
}
