/* page_files - the table that pages.sh made, and which of its languages somebody gets. */
#include "page_files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "page_data.h"

static const char *const languages[] = {"en", "af"};
enum { LANGUAGES = sizeof languages / sizeof *languages };

const struct page_file *page_file_at(size_t i)
{
	return i < sizeof files / sizeof *files ? &files[i] : NULL;
}

const struct page_file *page_file_find(const char *name)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

/* "af" and "af-ZA" are Afrikaans, "afa" is not; NULL for a language that we have not. */
static const char *known(const char *tag)
{
	size_t length = strcspn(tag, "-_;, \t");
	for (size_t i = 0; i < LANGUAGES; i++)
		if (length == strlen(languages[i]) && strncasecmp(tag, languages[i], length) == 0)
			return languages[i];
	return NULL;
}

/* How much a language is wanted: what stands behind "q=", 1 without it. */
static double weight_of(const char *range, size_t length)
{
	const char *q = memmem(range, length, "q=", 2);
	return q ? strtod(q + 2, NULL) : 1;
}

const char *page_language(const char *own, const char *accept_language)
{
	const char *best = own ? known(own) : NULL;
	double most = 0;
	if (best)
		return best;
	for (const char *at = accept_language ? accept_language : ""; *at;) {
		at += strspn(at, " \t,");
		size_t length = strcspn(at, ",");
		const char *language = known(at);
		double weight = weight_of(at, length);
		if (language && weight > most) {
			best = language;
			most = weight;
		}
		at += length;
	}
	return best ? best : languages[0];
}
