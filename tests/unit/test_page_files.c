/* test_page_files - what is built in for people's browsers. */
#include "page_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "test.h"

enum { SCREEN_MAX_BYTES = 60000, PACKED_MAX_BYTES = SCREEN_MAX_BYTES / 3 };

/* First the screens, then the pages that say why there is none. */
static const char *const pages[] = {"teams", "settings", "ops", "console_groups", "console_group",
    "console_act", "console_settings", "console_roster", "console_names", "console_report",
    "console_drift", "console_matches", "console_history", "console_year", "sign_in", "missing",
    "trouble"};
enum { PAGES = sizeof pages / sizeof *pages, SCREENS = PAGES - 3 };

static const struct page_file *page_of(const char *name, const char *language)
{
	char file[64];
	(void)snprintf(file, sizeof file, "%s.%s.html", name, language);
	const struct page_file *page = page_file_find(file);
	if (!page)
		FAIL("there is no %s", file);
	return page;
}

/* text_of gives the file as a string; free it. */
static char *text_of(const struct page_file *f)
{
	return xstrndup((const char *)f->plain, f->plain_length);
}

/* asset_after finds the file that is named next after *at, and moves *at on; NULL: none. */
static const struct page_file *asset_after(const char **at)
{
	char name[80];
	const char *start = strstr(*at, "/assets/");
	if (!start)
		return NULL;
	start += strlen("/assets/");
	size_t length = strcspn(start, "\"");
	CHECK(length < sizeof name);
	memcpy(name, start, length);
	name[length] = '\0';
	*at = start + length;
	const struct page_file *f = page_file_find(name);
	if (!f)
		FAIL("a page names %s, which is not there", name);
	return f;
}

TEST("a screen with all that it loads weighs 60 kB at most, and a third of that packed")
{
	for (size_t i = 0; i < SCREENS; i++)
		for (const char *const *l = (const char *const[]){"en", "af", NULL}; *l; l++) {
			const struct page_file *page = page_of(pages[i], *l), *f;
			char *text = text_of(page);
			const char *at = text;
			size_t bytes = page->plain_length, packed = page->packed_length;
			while ((f = asset_after(&at))) {
				bytes += f->plain_length;
				packed += f->packed_length;
			}
			if (bytes > SCREEN_MAX_BYTES)
				FAIL("%s in %s weighs %zu bytes", pages[i], *l, bytes);
			if (packed > PACKED_MAX_BYTES)
				FAIL("%s in %s weighs %zu bytes packed", pages[i], *l, packed);
			free(text);
		}
}

TEST("every file that a page names is there, with the hash of its content in its name")
{
	for (size_t i = 0; i < PAGES; i++) {
		char *text = text_of(page_of(pages[i], "af"));
		const char *at = text;
		const struct page_file *f;
		int count = 0;
		while ((f = asset_after(&at))) {
			CHECK_HAS(f->name, f->version);
			count++;
		}
		CHECK(count >= (i < SCREENS ? 3 : 2));
		free(text);
	}
}

TEST("no page has a script or a style of its own, nor a text without its words")
{
	for (size_t i = 0; i < PAGES; i++) {
		char *text = text_of(page_of(pages[i], "en"));
		CHECK(!strstr(text, "<style") && !strstr(text, " style="));
		for (const char *at = text; (at = strstr(at, "<script")); at++)
			CHECK(strncmp(at, "<script type=\"module\" src=\"/assets/", 34) == 0);
		CHECK(!strstr(text, "{{"));
		free(text);
	}
}

TEST("a page that says why there is no page has a place for the details, and a screen has none")
{
	for (size_t i = 0; i < PAGES; i++) {
		char *text = text_of(page_of(pages[i], "en"));
		CHECK_INT(strstr(text, "@details@") != NULL, i >= SCREENS);
		free(text);
	}
}

TEST("a page is in the language that it says it is in")
{
	char *english = text_of(page_of("missing", "en")),
	     *afrikaans = text_of(page_of("missing", "af"));
	CHECK_HAS(english, "<html lang=\"en\">");
	CHECK_HAS(english, "This page is not available");
	CHECK_HAS(afrikaans, "<html lang=\"af\">");
	CHECK_HAS(afrikaans, "Hierdie bladsy is nie beskikbaar nie");
	free(english);
	free(afrikaans);
}

TEST("what is packed is gzip, and smaller where there is something to gain")
{
	const struct page_file *f;
	for (size_t i = 0; (f = page_file_at(i)); i++) {
		CHECK(f->packed_length > 2 && f->packed[0] == 0x1f && f->packed[1] == 0x8b);
		CHECK(f->plain_length < 1000 || f->packed_length < f->plain_length);
	}
}

TEST("the ticket's language comes first, then what the browser would rather have, then English")
{
	static const struct {
		const char *own, *accepted, *wanted;
	} rows[] = {
	    {"af", "en-GB,en;q=0.9", "af"},
	    {"en", "af-ZA,af;q=0.9", "en"},
	    {"AF-za", NULL, "af"},
	    {"", "af-ZA,af;q=0.9,en;q=0.8", "af"},
	    {"", "en;q=0.8, af;q=0.9", "af"},
	    {"", "en;q=0.9,af;q=0.8", "en"},
	    {"", "af;q=0,en;q=0.1", "en"},
	    {"zu", "xh, zu;q=0.9, af;q=0.5", "af"},
	    {"", "afa, afr", "en"},
	    {"", ",,, ;q=1,", "en"},
	    {"", "", "en"},
	    {NULL, NULL, "en"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_STR(page_language(rows[i].own, rows[i].accepted), rows[i].wanted);
}

TEST("a name that is no file's finds none")
{
	CHECK(!page_file_find(""));
	CHECK(!page_file_find("../teams.en.html"));
	CHECK(!page_file_find("teams.zu.html"));
	CHECK(!page_file_at(10000));
}
