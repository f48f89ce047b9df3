/*
 * pages - serves people's pages and their files.
 *
 * A page is the same for everybody but for its language; what is on it comes by the API. It is
 * asked for each time and answered with 304 while it is the same. Scripts and styles have the
 * hash of their content in their name and are kept for ever. A browser that asked for a page
 * and cannot have it gets a page that says why, with what a support ticket needs.
 */
#include "pages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "api.h"
#include "buf.h"
#include "page_files.h"

static const struct page_file *page_find(const struct visit *v, const char *name)
{
	char file[64];
	(void)snprintf(file, sizeof file, "%s.%s.html", name,
	    page_language(v->who.language, exchange_header(v->x, "Accept-Language")));
	return page_file_find(file);
}

static bool takes_gzip(const struct visit *v)
{
	const char *accepted = exchange_header(v->x, "Accept-Encoding");
	const char *at = accepted ? strcasestr(accepted, "gzip") : NULL;
	return at && strncmp(at, "gzip;q=0", 8) != 0;
}

static void send_file(struct visit *v, const struct page_file *f, const char *keep, bool packed)
{
	exchange_set_header(v->x, "Cache-Control", keep);
	if (packed)
		exchange_set_header(v->x, "Content-Encoding", "gzip");
	answer_text(v, 200, f->type, (const char *)(packed ? f->packed : f->plain),
	    packed ? f->packed_length : f->plain_length);
}

/* ---- pages ------------------------------------------------------------------------------ */

static void serve_page(struct visit *v, const char *name)
{
	char version[32];
	const struct page_file *page = page_find(v, name);
	bool packed = takes_gzip(v);
	exchange_set_header(v->x, "Vary", "Accept-Encoding, Accept-Language, Cookie");
	(void)snprintf(version, sizeof version, "%s%s", page->version, packed ? "-gz" : "");
	if (!answer_is_known(v, version))
		send_file(v, page, "private, no-cache", packed);
}

void serve_teams_page(struct visit *v)
{
	serve_page(v, "teams");
}

void serve_settings_page(struct visit *v)
{
	serve_page(v, "settings");
}

/* /console/{section}; /console itself lists the groups. */
void serve_console_page(struct visit *v)
{
	char name[48];
	(void)snprintf(name, sizeof name, "console_%s", v->place[0] ? v->place[0] : "groups");
	if (page_find(v, name))
		serve_page(v, name);
	else
		answer_problem(
		    v, 404, "not_found", "The console has no section %.100s.", v->place[0]);
}

/* Of one group: /console/group and /console/act, which teaching staff have as well. */
void serve_group_page(struct visit *v)
{
	serve_page(v, "console_group");
}

void serve_act_page(struct visit *v)
{
	serve_page(v, "console_act");
}

void serve_ops_page(struct visit *v)
{
	serve_page(v, "ops");
}

/* ---- their files ---------------------------------------------------------------------------- */

void serve_asset(struct visit *v)
{
	const struct page_file *f = page_file_find(v->place[0]);
	/* Kept for ever is what carries its version in its name. */
	if (!f || !strstr(f->name, f->version)) {
		answer_problem(v, 404, "not_found",
		    "There is no file %.100s. A newer version of the page may name another: reload "
		    "it.",
		    v->place[0]);
		return;
	}
	exchange_set_header(v->x, "Vary", "Accept-Encoding");
	send_file(v, f, "public, max-age=31536000, immutable", takes_gzip(v));
}

/* ---- pages that say why there is no page ------------------------------------------------------ */

/* add_text appends what stands for itself in HTML. */
static void add_text(struct buf *b, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		default:
			buf_add(b, text, 1);
		}
}

static void add_details(struct buf *b, const struct visit *v, const char *word, const char *detail)
{
	char now[32];
	struct tm t;
	time_t at = time(NULL);
	(void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &t));
	const char *const lines[][2] = {{"Message: ", word}, {"", detail}, {"Time: ", now},
	    {"Request id: ", v->request_id}, {"Page: ", exchange_path(v->x)}};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		buf_adds(b, lines[i][0]);
		add_text(b, lines[i][1]);
		buf_adds(b, "\n");
	}
}

/* A browser that goes to a page says that it takes HTML; scripts and programs do not. */
static bool asks_for_page(const struct visit *v)
{
	const char *path = exchange_path(v->x), *accept = exchange_header(v->x, "Accept");
	const char *method = exchange_method(v->x);
	return (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) && accept &&
	       strstr(accept, "text/html") &&
	       (strncmp(path, "/staff/", 7) == 0 || strncmp(path, "/console", 8) == 0 ||
		   strcmp(path, "/ops") == 0);
}

bool page_of_problem(struct visit *v, int status, const char *word, const char *detail)
{
	static const char mark[] = "@details@";
	struct buf b;
	if (!asks_for_page(v))
		return false;
	/* What somebody may not see does not exist for them. */
	if (status == 403)
		status = 404;
	const struct page_file *page = page_find(v, status == 401   ? "sign_in"
						    : status == 404 ? "missing"
								    : "trouble");
	const char *text = (const char *)page->plain;
	const char *at = memmem(text, page->plain_length, mark, sizeof mark - 1);
	size_t before = (size_t)(at - text), after = before + sizeof mark - 1;
	buf_init(&b, 0);
	buf_add(&b, text, before);
	add_details(&b, v, word, detail);
	text_mend(b.data, b.length);
	buf_add(&b, text + after, page->plain_length - after);
	exchange_set_header(v->x, "Cache-Control", "no-store");
	answer_text(v, status, page->type, b.data, b.length);
	buf_clear(&b);
	return true;
}
