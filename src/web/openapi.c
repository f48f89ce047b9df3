/* openapi - the description of all that is answered here, as it was built into the program. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "page_files.h"
#include "web.h"

void serve_openapi(struct visit *v)
{
	const struct page_file *f = page_file_find("openapi.json");
	const char *known = exchange_header(v->x, "If-None-Match");
	char tag[32];
	(void)snprintf(tag, sizeof tag, "\"%s\"", f->version);
	exchange_set_header(v->x, "ETag", tag);
	exchange_set_header(v->x, "Cache-Control", "public, max-age=300");
	if (known && strstr(known, tag))
		answer_empty(v, 304);
	else
		answer_text(v, 200, f->type, (const char *)f->plain, f->plain_length);
}
