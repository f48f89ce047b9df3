/* pages - what people see in a browser. */
#ifndef PAGES_H
#define PAGES_H

#include "web.h"

/* page_of_problem answers with a page instead of a problem's JSON where a person's browser
 * asked for a page; false: it did not, and nothing was answered. */
bool page_of_problem(struct visit *v, int status, const char *word, const char *detail);

#endif
