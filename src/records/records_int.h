/* records_int - what the files of src/records share. */
#ifndef RECORDS_INT_H
#define RECORDS_INT_H

#include "records.h"

void school_read(struct school *s, const char *id, const struct reply *r);
void class_record_read(struct class_record *c, const char *id, const struct reply *hash,
    const struct reply *register_hash);
void learners_read(struct class_record *c, const struct reply *r);

/* text_of gives a field as owned text, "" when it is not there; number_of as a number. */
char *text_of(const struct reply *r, const char *field);
int64_t number_of(const struct reply *r, const char *field, int64_t fallback);

#endif
