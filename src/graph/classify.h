/* classify - the names of request classes, as they stand in scopes and logs. */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include "governor.h"

enum { CALL_CLASSES = CALL_DIRECTORY_WRITE + 1 };

const char *class_name(enum call_class class);

/* class_of_name gives -1 for a name that is none. */
int class_of_name(const char *name);

#endif
