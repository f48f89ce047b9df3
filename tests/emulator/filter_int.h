/* filter_int - the tree that filter_read.c builds and filter.c walks. */
#ifndef FILTER_INT_H
#define FILTER_INT_H

#include "filter.h"

enum kind { AND, OR, NOT, COMPARE, IN, STARTS, ENDS, CONTAINS, ANY };

struct filter {
	enum kind kind;
	char operator[3];		/* of COMPARE */
	char *property;			/* owned; NULL for the variable of an any() */
	json_t *value;			/* owned: a literal, or the list of IN */
	struct filter *left, *right;	/* owned; ANY and NOT have a left only */
};

#endif
