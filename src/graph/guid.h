/* guid - random names for requests. */
#ifndef GUID_H
#define GUID_H

enum { GUID_ROOM = 37 };

/* guid_new writes a random GUID (version 4) and returns it. */
char *guid_new(char text[GUID_ROOM]);

#endif
