/* ids - GUIDs, base64 and a generator that a seed makes repeatable. */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUID_ROOM 37

struct random {
	uint64_t state;
};

void random_seed(struct random *r, uint64_t seed);
uint64_t random_next(struct random *r);
double random_share(struct random *r);	/* from 0 up to, not including, 1 */

/* guid_random and guid_of fill id and return it; guid_of gives the same GUID
 * for the same text, always. */
char *guid_random(struct random *r, char id[GUID_ROOM]);
char *guid_of(const char *text, char id[GUID_ROOM]);
bool guid_is(const char *text);

/* base64_text is the padded kind, base64_url the bare one of RFC 7515; both
 * are the caller's to free. base64_read takes either, and gives NULL if text
 * is neither. What it gives is terminated. */
char *base64_text(const void *bytes, size_t length);
char *base64_url(const void *bytes, size_t length);
unsigned char *base64_read(const char *text, size_t length, size_t *decoded);

#endif
