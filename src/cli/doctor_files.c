/* doctor_files - the settings file and the files that it names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

enum { KEY_DIGITS = 64, KEY_LINE_MAX = 256 };

/* ---- the settings file ------------------------------------------------------------ */

static const char *settings_path(const struct cli *c)
{
	const char *variable = getenv("ROLLCALL_CONF");
	if (c->config_path)
		return c->config_path;
	return variable && *variable ? variable : "/etc/rollcall/rollcall.conf";
}

static void check_settings(struct doctor *d)
{
	const char *path = settings_path(d->cli);
	struct stat s;
	if (stat(path, &s) < 0)
		doctor_say(
		    d, FINDING_OK, "Settings", "", "no file %s, so defaults and environment", path);
	else if (strchr(d->cli->config.redis.url, '@') && (s.st_mode & S_IROTH))
		doctor_say(d, FINDING_WARNING, "Settings",
		    "chmod o-r it: redis.url holds a password.", "%s can be read by everybody",
		    path);
	else
		doctor_say(d, FINDING_OK, "Settings", "", "%s", path);
}

/* ---- secrets ------------------------------------------------------------------------ */

/* open_secret opens a file that only its owner should read; NULL after saying why not. */
static FILE *open_secret(struct doctor *d, const char *check, const char *path)
{
	struct stat s;
	FILE *from = fopen(path, "re");
	if (!from && errno == EACCES) {
		doctor_say(d, FINDING_WARNING, check, "Run rollcall doctor as root to check it.",
		    "%s may not be read by you", path);
		return NULL;
	}
	if (!from || fstat(fileno(from), &s) < 0 || !S_ISREG(s.st_mode)) {
		doctor_say(d, FINDING_FAIL, check, "Put the file there, or correct the setting.",
		    "%s: %s", path, from ? "is no file" : strerror(errno));
		if (from)
			fclose(from);
		return NULL;
	}
	if (s.st_mode & (S_IROTH | S_IWOTH)) {
		doctor_say(d, FINDING_FAIL, check,
		    "chmod 600 it, and take a new secret: this one is known.",
		    "%s can be read by everybody", path);
		fclose(from);
		return NULL;
	}
	return from;
}

static void check_secret(struct doctor *d, const char *check, const char *path, const char *begins)
{
	char line[KEY_LINE_MAX] = "";
	FILE *from = open_secret(d, check, path);
	if (!from)
		return;
	bool empty = !fgets(line, sizeof line, from) || line[strspn(line, " \t\r\n")] == '\0';
	fclose(from);
	if (empty)
		doctor_say(d, FINDING_FAIL, check, "Put the secret into it.", "%s is empty", path);
	else if (strncmp(line, begins, strlen(begins)) != 0)
		doctor_say(d, FINDING_FAIL, check, "It has to be in PEM.",
		    "%s does not begin with %s", path, begins);
	else
		doctor_say(d, FINDING_OK, check, "", "%s", path);
}

static void check_app(struct doctor *d)
{
	const struct config *c = &d->cli->config;
	if (!*c->app.client_id)
		doctor_say(d, FINDING_WARNING, "App",
		    "Register an app with Microsoft, then set "
		    "app.client_id and its secret or certificate.",
		    "app.client_id is not set");
	else if (!*c->app.client_secret_file && !*c->app.certificate_file)
		doctor_say(d, FINDING_WARNING, "App",
		    "Set app.client_secret_file, or app.certificate_file "
		    "and app.key_file; under systemd the unit does.",
		    "neither a secret nor a certificate is set");
	if (*c->app.client_secret_file)
		check_secret(d, "App secret", c->app.client_secret_file, "");
	if (*c->app.certificate_file)
		doctor_certificate(d, "App certificate", c->app.certificate_file);
	if (*c->app.key_file)
		check_secret(d, "App key", c->app.key_file, "-----BEGIN ");
}

/* ---- sealing keys -------------------------------------------------------------------- */

/* key_wrong says what is wrong with one line, id:hex; NULL if nothing is. A comment is none. */
static const char *key_wrong(char *line, int *keys)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '\0' || *line == '#')
		return NULL;
	++*keys;
	char *colon = strchr(line, ':');
	if (!colon || colon == line)
		return "is not id:hex";
	size_t digits = strspn(colon + 1, "0123456789abcdefABCDEF");
	return digits == KEY_DIGITS && colon[1 + digits] == '\0' ? NULL : "has not 64 hex digits";
}

static void check_keys(struct doctor *d)
{
	const char *path = d->cli->config.secrets.key_file, *wrong = NULL;
	char line[KEY_LINE_MAX];
	int number = 0, keys = 0;
	FILE *from = *path ? open_secret(d, "Sealing keys", path) : NULL;
	if (!*path)
		doctor_say(d, FINDING_OK, "Sealing keys", "",
		    "none: needed once teachers connect accounts "
		    "of their own");
	if (!from)
		return;
	while (!wrong && fgets(line, sizeof line, from)) {
		number++;
		wrong = key_wrong(line, &keys);
	}
	fclose(from);
	explicit_bzero(line, sizeof line);
	if (wrong || keys == 0)
		doctor_say(d, FINDING_FAIL, "Sealing keys",
		    "Each line is id:hex; make one with: echo "
		    "\"k1:$(openssl rand -hex 32)\"",
		    "%s:%d: %s", path, number, wrong ? wrong : "it is empty of keys");
	else
		doctor_say(d, FINDING_OK, "Sealing keys", "", "%s, %d keys", path, keys);
}

void doctor_files(struct doctor *d)
{
	check_settings(d);
	check_app(d);
	check_keys(d);
	if (*d->cli->config.graph.ca_file)
		doctor_authorities(d, "CA file", d->cli->config.graph.ca_file);
	if (*d->cli->config.web.certificate_file)
		doctor_certificate(d, "Web certificate", d->cli->config.web.certificate_file);
}
