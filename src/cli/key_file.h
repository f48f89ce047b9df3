/* key_file - the file of secrets.key_file: who changes it holds it, and changes it whole. */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include "err.h"
#include "seal.h"

enum { KEY_ID_ROOM = 33 };

/* key_file_hold waits until nobody else changes the file; key_file_let_go. -1 and *e: it cannot
 * be opened. */
int key_file_hold(const char *path, struct err *e);
void key_file_let_go(int held);

/* key_file_new_id makes an id of the day that no key has yet. */
void key_file_new_id(const struct seal_keys *k, char id[KEY_ID_ROOM]);

/* key_file_put puts a new key of that id in front, with owner and rights as they are. After a
 * crash the file is the old one or the new one. */
int key_file_put(const char *path, const char *id, struct err *e) MUST_CHECK;

#endif
