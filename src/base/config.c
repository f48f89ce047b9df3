/*
 * config - settings: defaults, then the file, then the environment.
 *
 * Every value goes through config_set, whichever way it came. The first thing
 * that is wrong ends the reading, and the caller has no half-read settings.
 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "config_int.h"
#include "log.h"

static const char standard_path[] = "/etc/rollcall/rollcall.conf";

/* ---- one setting --------------------------------------------------------- */

static void *member(const struct config *c, const struct setting *s)
{
	return (char *)c + s->offset;
}

/* choice gives which of the words, counted from 0, value is; -1 if none. */
static int choice(const char *words, const char *value)
{
	size_t length = strlen(value);
	for (int n = 0; *words; n++) {
		size_t word = strcspn(words, ",");
		if (word == length && memcmp(words, value, length) == 0)
			return n;
		words += word;
		words += strspn(words, ", ");
	}
	return -1;
}

/* text_wrong says why text is refused, or NULL; "" leaves it to what is allowed. */
static const char *text_wrong(const struct setting *s, const char *value)
{
	size_t length = strlen(value);
	if (length > SETTING_TEXT_MAX)
		return "too long, allowed are 1000 bytes";
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)value[i]))
			return "control characters are not allowed";
	if (length > 1 && strchr("\"'", value[0]) && value[length - 1] == value[0])
		return "values are written without quotes";
	if (s->kind == SETTING_CHOICE)
		return choice(s->allowed, value) >= 0 ? NULL : "";
	return s->wrong ? s->wrong(value) : NULL;
}

static const char *set_text(char **to, const struct setting *s, const char *value)
{
	const char *why = text_wrong(s, value);
	if (why)
		return why;
	free(*to);
	*to = xstrdup(value);
	return NULL;
}

static const char *set_integer(int64_t *to, const struct setting *s, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	if (digits == 0 || value[digits])
		return "";
	errno = 0;
	int64_t number = strtoll(value, NULL, 10);
	if (errno || (double)number < s->min || (double)number > s->max)
		return "";
	*to = number;
	return NULL;
}

static const char *set_number(double *to, const struct setting *s, const char *value)
{
	char *end;
	if (!*value || value[strspn(value, "0123456789.")])
		return "";
	double number = strtod(value, &end);
	if (*end || number < s->min || number > s->max)
		return "";
	*to = number;
	return NULL;
}

/* shown gives a value as an error may show it: short, and without a password. */
static const char *shown(const char *value, char text[128])
{
	const char *host = strrchr(value, '@');
	if (host)
		snprintf(text, 128, "***%.100s", host);
	else
		snprintf(text, 128, "%.100s", value);
	return text;
}

int config_set(struct config *c, const struct setting *s, const char *value, struct err *e)
{
	const char *why = NULL;
	void *to = member(c, s);
	switch (s->kind) {
	case SETTING_TEXT:
	case SETTING_CHOICE:
		why = set_text(to, s, value);
		break;
	case SETTING_INTEGER:
		why = set_integer(to, s, value);
		break;
	case SETTING_NUMBER:
		why = set_number(to, s, value);
		break;
	}
	if (!why)
		return 0;
	char text[160];
	if (*why)
		err_set(e, ERR_INPUT, "%s", why);
	else
		err_set(e, ERR_INPUT, "allowed %s", config_allowed(s, text));
	err_prefix(e, "%s.%s = \"%s\"", s->section, s->key, shown(value, text));
	return ERR_INPUT;
}

const struct setting *config_find(const char *section, const char *key)
{
	for (const struct setting *s = config_settings; s->section; s++)
		if (strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0)
			return s;
	return NULL;
}

const char *config_allowed(const struct setting *s, char text[160])
{
	switch (s->kind) {
	case SETTING_TEXT:
	case SETTING_CHOICE:
		return s->allowed ? s->allowed : "";
	case SETTING_INTEGER:
	case SETTING_NUMBER:
		snprintf(text, 160, "%.10g to %.10g", s->min, s->max);
		return text;
	}
	return "";
}

/* ---- all of them --------------------------------------------------------- */

static void set_defaults(struct config *c)
{
	struct err e;
	*c = (struct config){0};
	for (const struct setting *s = config_settings; s->section; s++) {
		int rc = config_set(c, s, s->standard, &e);
		assert(rc == 0);
	}
}

static bool has_tls(const struct config *c)
{
	return strncmp(c->redis.url, "rediss://", strlen("rediss://")) == 0;
}

/* check_together looks at what no single setting shows. */
static int check_together(const struct config *c, struct err *e)
{
	bool certificate = *c->app.certificate_file, key = *c->app.key_file;
	if (*c->app.client_secret_file && certificate)
		return err_set(e, ERR_INPUT,
		    "app.client_secret_file and app.certificate_file are both set: give one of "
		    "them");
	if (certificate != key)
		return err_set(e, ERR_INPUT,
		    "app.%s is set, but app.%s is not: they belong together",
		    certificate ? "certificate_file" : "key_file",
		    certificate ? "key_file" : "certificate_file");
	if (*c->redis.ca_file && !has_tls(c))
		return err_set(e, ERR_INPUT,
		    "redis.ca_file is set, but redis.url does not begin with rediss://: nothing "
		    "would be encrypted");
	return 0;
}

/* The url is all that a connection to Redis is told, so the file is named in there. */
static void put_ca_file(struct config *c)
{
	struct buf url;
	if (!*c->redis.ca_file)
		return;
	buf_init(&url, 0);
	buf_addf(&url, "%s%cca_file=", c->redis.url, strchr(c->redis.url, '?') ? '&' : '?');
	buf_url(&url, c->redis.ca_file);
	free(c->redis.url);
	c->redis.url = buf_take(&url);
}

int config_load(struct config *c, const char *path, struct err *e)
{
	const char *variable = getenv("ROLLCALL_CONF");
	if (!path && variable && *variable)
		path = variable;
	set_defaults(c);
	int rc = 0;
	if (path || access(standard_path, F_OK) == 0 || errno != ENOENT)
		rc = config_read_file(c, path ? path : standard_path, e);
	if (rc == 0)
		rc = config_read_environment(c, e);
	if (rc == 0)
		rc = check_together(c, e);
	if (rc == 0)
		put_ca_file(c);
	else
		config_clear(c);
	return rc;
}

static bool is_text(const struct setting *s)
{
	return s->kind == SETTING_TEXT || s->kind == SETTING_CHOICE;
}

void config_clear(struct config *c)
{
	for (const struct setting *s = config_settings; s->section; s++)
		if (is_text(s))
			free(*(char **)member(c, s));
	*c = (struct config){0};
}

static bool is_same(const struct config *a, const struct config *b, const struct setting *s)
{
	if (is_text(s))
		return strcmp(*(char **)member(a, s), *(char **)member(b, s)) == 0;
	return memcmp(member(a, s), member(b, s), sizeof(int64_t)) == 0;
}

/* swap_value exchanges one setting; text, integer and number are of one size. */
static void swap_value(struct config *a, struct config *b, const struct setting *s)
{
	_Static_assert(
	    sizeof(char *) == 8 && sizeof(int64_t) == 8 && sizeof(double) == 8, "one size");
	char kept[8];
	memcpy(kept, member(a, s), sizeof(kept));
	memcpy(member(a, s), member(b, s), sizeof(kept));
	memcpy(member(b, s), kept, sizeof(kept));
}

int config_reload(struct config *c, const char *path, struct err *e)
{
	struct config fresh;
	int rc = config_load(&fresh, path, e);
	if (rc < 0)
		return rc;
	for (const struct setting *s = config_settings; s->section; s++) {
		if (is_same(c, &fresh, s))
			continue;
		char name[64];
		snprintf(name, sizeof(name), "%s.%s", s->section, s->key);
		if (s->reloadable) {
			swap_value(c, &fresh, s);
			log_info("config_changed", log_str("setting", name));
		} else {
			log_warn("config_needs_restart", log_str("setting", name));
		}
	}
	config_clear(&fresh);
	return 0;
}

void config_open_log(const struct config *c)
{
	static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
	int level = choice(config_find("log", "level")->allowed, c->log.level);
	assert(level >= 0);
	log_open(
	    STDERR_FILENO, levels[level], strcmp(c->log.format, "json") == 0 ? LOG_JSON : LOG_TEXT);
}
