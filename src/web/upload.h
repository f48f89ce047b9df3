/*
 * upload - a school's roster, sent as a zip: POST /v1/rosters/{school}.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include <stddef.h>

struct exchange;

/* upload_body_max is for the server: a roster may be longer than what else is sent here, if
 * whoever sends it may send one. ctx is the struct web. */
size_t upload_body_max(void *ctx, const struct exchange *x);

#endif
