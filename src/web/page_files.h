/* page_files - pages, scripts, styles and openapi.json as they were built into the program. */
#ifndef PAGE_FILES_H
#define PAGE_FILES_H

#include <stddef.h>

struct page_file {
	const char *name;	/* "teams.en.html", "style.0123456789ab.css" */
	const char *type;
	const char *version;	/* of its content */
	const unsigned char *plain;
	size_t plain_length;
	const unsigned char *packed;	/* the same with gzip */
	size_t packed_length;
};

/* page_file_find gives the file of that name, or NULL. */
const struct page_file *page_file_find(const char *name);

/* page_file_at gives them one by one from 0 on, then NULL. */
const struct page_file *page_file_at(size_t i);

/* page_language chooses "en" or "af": the person's own if it is one of these, else the one
 * that the browser would rather have (Accept-Language, may be NULL), else English. */
const char *page_language(const char *own, const char *accept_language);

#endif
