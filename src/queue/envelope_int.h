/* envelope_int - what the files that check envelopes share. */
#ifndef ENVELOPE_INT_H
#define ENVELOPE_INT_H

#include "envelope.h"
#include "err.h"

enum { NAME_MAX_BYTES = 1024 };

/* envelope_refuse keeps the sentence as the reason, and "bad_envelope" as the word unless there
 * is one already; it returns false. */
bool envelope_refuse(struct envelope *v, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* envelope_is_id: 1 to 64 of the letters that an id may have. */
bool envelope_is_id(const char *text);

/* envelope_check_options takes what v keeps of the options (NULL: none), or refuses. */
bool envelope_check_options(struct envelope *v, json_t *options);

#endif
