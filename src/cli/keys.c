/*
 * keys - with what programs of a portal call rollcall-web. The file holds hashes, so a new key
 * is shown once and never again; rollcall-web reads the file when it starts and on SIGHUP.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"
#include "portal_keys.h"

static const char reload[] = "systemctl reload rollcall-web makes rollcall-web read it.";

/* ---- the file ------------------------------------------------------------------------- */

/* keys_path gives the file that the settings name, NULL after a complaint. */
static const char *keys_path(struct cli *c)
{
	struct err e;
	if (cli_configure(c, &e) != YES)
		out_complain("%s", e.text);
	else if (!*c->config.web.portal_keys_file)
		out_complain("web.portal_keys_file is not set: say in the settings where the keys "
			     "of portals are kept");
	else
		return c->config.web.portal_keys_file;
	return NULL;
}

/* read_all reads the keys there are; a file that is not there yet holds none. */
static int read_all(struct portal_keys *k, const char *path, struct err *e)
{
	*k = (struct portal_keys){0};
	return access(path, F_OK) < 0 && errno == ENOENT ? 0 : portal_keys_read(k, path, e);
}

static const struct portal_key *find(const struct portal_keys *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->at[i].name, name) == 0)
			return &k->at[i];
	return NULL;
}

/* open_file opens the file for ourselves alone, or gives -1 and *e. */
static int open_file(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* ends_open tells whether the last line has no end, as editors leave it. */
static bool ends_open(int fd)
{
	char last = '\n';
	off_t size = lseek(fd, 0, SEEK_END);
	return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int append(const char *path, const struct portal_key *key, struct err *e)
{
	struct portal_keys there;
	char line[PORTAL_LINE_ROOM];
	int fd = open_file(path, O_RDWR | O_APPEND | O_CREAT, e);
	if (fd < 0)
		return e->code;
	int rc = portal_keys_read(&there, path, e);
	if (rc == 0 && find(&there, key->name))
		rc = err_set(e, ERR_USAGE,
		    "there is a key %s already; rollcall keys remove %s first", key->name,
		    key->name);
	portal_key_line(key, line);
	if (rc == 0 && dprintf(fd, "%s%s\n", ends_open(fd) ? "\n" : "", line) < 0)
		rc = err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (rc == 0 && fsync(fd) < 0)
		rc = err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	(void)close(fd);
	portal_keys_clear(&there);
	return rc;
}

/* ---- keys new --------------------------------------------------------------------------- */

static void show_new(const struct cli *c, const struct portal_key *key, const char *secret)
{
	if (c->json) {
		out_json(json_pack("{s:s, s:s, s:s}", "name", key->name, "school",
			     key->school ? key->school : "*", "key", secret),
		    false);
		return;
	}
	(void)puts(secret);
	out_say(GREY, 0, "It is shown this once. %s", reload);
}

int keys_new_run(struct cli *c)
{
	struct portal_key key;
	struct err e;
	const char *school = cli_value(c, "--school"), *path = NULL;
	if (portal_key_set(&key, cli_value(c, "NAME"), cli_value(c, "--scopes"),
		school ? school : "*", &e) < 0)
		return cli_usage(c, "%s", e.text);
	path = keys_path(c);
	int status = path ? YES : USAGE;
	if (path && sodium_init() < 0) {
		out_complain("libsodium cannot be used on this machine");
		status = UNREACHED;
	}
	char *secret = status == YES ? portal_key_new() : NULL;
	if (secret) {
		portal_key_hash(secret, key.hash);
		if (append(path, &key, &e) == 0) {
			show_new(c, &key, secret);
		} else {
			out_complain("%s", e.text);
			status = NO;
		}
		sodium_memzero(secret, strlen(secret));
		free(secret);
	}
	portal_key_clear(&key);
	return status;
}

/* ---- keys list -------------------------------------------------------------------------- */

static void scopes_of(const struct portal_key *key, char text[PORTAL_LINE_ROOM])
{
	char line[PORTAL_LINE_ROOM];
	portal_key_line(key, line);
	const char *scopes = strchr(line, ':') + 1;
	(void)snprintf(text, PORTAL_LINE_ROOM, "%.*s", (int)strcspn(scopes, ":"), scopes);
}

static void print_json(const struct portal_keys *k)
{
	char scopes[PORTAL_LINE_ROOM];
	json_t *list = json_array();
	for (size_t i = 0; i < k->count; i++) {
		scopes_of(&k->at[i], scopes);
		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "name", k->at[i].name, "scopes", scopes,
			      "school", k->at[i].school ? k->at[i].school : "*"));
	}
	out_json(list, false);
}

static void print_table(const struct portal_keys *k)
{
	static const char *const headings[] = {"!Name", "Scopes", "School", NULL};
	char scopes[PORTAL_LINE_ROOM];
	struct table t;
	table_start(&t, headings);
	for (size_t i = 0; i < k->count; i++) {
		scopes_of(&k->at[i], scopes);
		table_cell(&t, PLAIN, "%s", k->at[i].name);
		table_cell(&t, PLAIN, "%s", scopes);
		table_cell(&t, PLAIN, "%s", k->at[i].school ? k->at[i].school : "every school");
	}
	table_print(&t);
}

int keys_list_run(struct cli *c)
{
	struct portal_keys k;
	struct err e;
	const char *path = keys_path(c);
	if (!path)
		return USAGE;
	if (read_all(&k, path, &e) < 0) {
		out_complain("%s", e.text);
		return NO;
	}
	if (c->json)
		print_json(&k);
	else if (k.count == 0)
		out_say(PLAIN, 0, "No portal has a key. rollcall keys new makes one.");
	else
		print_table(&k);
	portal_keys_clear(&k);
	return YES;
}

/* ---- keys remove ------------------------------------------------------------------------- */

/* gather_without collects every line but the one of that name; true if there was one. */
static bool gather_without(FILE *from, const char *name, struct buf *kept)
{
	char *line = NULL;
	size_t room = 0, length = strlen(name);
	bool found = false;
	while (getline(&line, &room, from) >= 0) {
		bool is_it = strncmp(line, name, length) == 0 && line[length] == ':';
		found = found || is_it;
		if (!is_it)
			buf_adds(kept, line);
	}
	free(line);
	return found;
}

static bool write_as(int fd, const struct stat *as, const struct buf *text)
{
	return fchmod(fd, as->st_mode & 07777) == 0 &&
	       (geteuid() != 0 || fchown(fd, as->st_uid, as->st_gid) == 0) &&
	       write(fd, text->data, text->length) == (ssize_t)text->length && fsync(fd) == 0;
}

/* replace puts a new file in place of the old one: whoever reads meanwhile reads one of them
 * as a whole. */
static int replace(const char *path, const struct stat *as, const struct buf *text, struct err *e)
{
	char *beside = xasprintf("%s.new", path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write_as(fd, as, text) && rename(beside, path) == 0;
	int rc = good ? 0 : err_set(e, ERR_SYSTEM, "%s: %s", beside, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	if (!good)
		(void)unlink(beside);
	free(beside);
	return rc;
}

static int take_out(const char *path, const char *name, struct err *e)
{
	struct stat as;
	struct buf kept;
	int fd = open_file(path, O_RDONLY, e);
	if (fd < 0)
		return e->code;
	FILE *from = fdopen(fd, "r");
	if (!from) {
		(void)close(fd);
		return err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	}
	buf_init(&kept, 0);
	buf_adds(&kept, "");
	int rc = fstat(fd, &as) == 0 ? 0 : err_set(e, ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (rc == 0 && !gather_without(from, name, &kept))
		rc = err_set(e, ERR_USAGE, "%s: there is no key %s", path, name);
	if (rc == 0)
		rc = replace(path, &as, &kept, e);
	(void)fclose(from);
	buf_clear(&kept);
	return rc;
}

int keys_remove_run(struct cli *c)
{
	struct err e;
	const char *path = keys_path(c);
	if (!path)
		return USAGE;
	if (take_out(path, cli_value(c, "NAME"), &e) < 0) {
		out_complain("%s", e.text);
		return NO;
	}
	out_say(PLAIN, 0, "The key %s is taken out. %s", cli_value(c, "NAME"), reload);
	return YES;
}
