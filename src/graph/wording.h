/* wording - text from others, made fit for Microsoft. */
#ifndef WORDING_H
#define WORDING_H

#include <stddef.h>

#include "buf.h"
#include "json.h"

/* wording_clean appends what of text can be shown, without control characters and broken
 * UTF-8, up to so many units of UTF-16, which is how Microsoft counts, and never half a
 * character. */
void wording_clean(struct buf *b, const char *text, size_t units_max);

/* wording_user is the value of "user@odata.bind": root/users('USER'), for an id or a
 * sign-in name. */
json_t *wording_user(const char *root, const char *user);

#endif
