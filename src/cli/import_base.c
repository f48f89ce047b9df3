/*
 * import_base - what was sent before, for a delta: the lists that the school's roster keeps, and
 * its classes and people as the register has them.
 */
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "roster_base.h"

static int no_base(struct import *i, const char *why, const char *remedy)
{
	faults_add(&i->faults, FAULT_REFUSED, "no_base", (struct fault_at){0}, remedy,
	    "The set holds changes only, and %s", why);
	return ERR_INPUT;
}

/* is_as_accepted: the register says what the last set said, word for word. */
static bool is_as_accepted(json_t *class, const char *digest)
{
	char now[GROUP_DIGEST_ROOM];
	json_object_del(class, "active");
	char *text = json_write(class);
	text_digest(text, strlen(text), now);
	free(text);
	return strcmp(now, digest) == 0;
}

/* A class whose register is an older one, or none, would bring people back or drop them. */
static int add_classes(struct import *i, json_t *const *objects)
{
	for (size_t n = 0; n < i->last.count; n++) {
		if (!objects[n] || !is_as_accepted(objects[n], i->last.digests_at[n]))
			return no_base(i, "the register is not what the last set said",
			    "Import again when the workers have read the last one. If it stays, "
			    "import a bulk set with --again");
		roster_base_class(&i->set, objects[n]);
	}
	return 0;
}

int import_base(struct import *i, struct err *e)
{
	if (!i->last.base)
		return no_base(i, "no whole set was accepted before it",
		    "Have the source send a bulk set first");
	json_t **objects = xcalloc(i->last.count + 1, sizeof(json_t *));
	int rc = rosters_register(&i->store, i->last.classes_at, i->last.count, objects, e);
	if (rc == 0) {
		roster_base_begin(&i->set, i->last.base);
		rc = add_classes(i, objects);
	}
	for (size_t n = 0; n < i->last.count; n++)
		json_decref(objects[n]);
	free((void *)objects);
	return rc;
}

char *import_base_text(const struct import *i)
{
	json_t *base = roster_base(&i->set);
	char *text = json_write(base);
	json_decref(base);
	if (strlen(text) <= ROSTER_BASE_MAX_BYTES)
		return text;
	free(text);
	return xstrdup("");
}
