/*
 * json - reading what others wrote, with limits, and asking it politely.
 * A thin layer over jansson, which callers may use beside it.
 */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* json_read parses exactly one JSON value of at most depth_max levels. NULL and
 * *e on anything else; the text need not be terminated. Invalid UTF-8, NUL in
 * strings and duplicate keys are refused. The caller owns the result. */
json_t *json_read(const char *text, size_t length, int depth_max, struct err *e);

/* json_depth counts the levels of nesting without parsing. */
int json_depth(const char *text, size_t length);

/* These look up a member of an object; any other value, or none, gives the
 * fallback. Strings are borrowed from the object. */
const char *json_text(const json_t *object, const char *key);	/* or NULL */
const char *json_text_or(const json_t *object, const char *key, const char *fallback);
int64_t json_int(const json_t *object, const char *key, int64_t fallback);
bool json_bool(const json_t *object, const char *key, bool fallback);
json_t *json_list(const json_t *object, const char *key);	/* or NULL */
json_t *json_map(const json_t *object, const char *key);	/* or NULL */

/* json_write gives compact text, keys in insertion order; free it. */
char *json_write(const json_t *value);

#endif
