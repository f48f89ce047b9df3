/* job_id - ids for jobs: unique, and in the order of time when sorted as text. */
#ifndef JOB_ID_H
#define JOB_ID_H

#include <stdint.h>

enum { JOB_ID_LENGTH = 26, JOB_ID_RANDOM = 10 };

/* job_id_write writes the id of a time and ten random bytes: 26 letters and digits. */
void job_id_write(int64_t now_ms, const uint8_t random[JOB_ID_RANDOM],
    char id[JOB_ID_LENGTH + 1]);

/* job_id_new makes a fresh one. */
void job_id_new(char id[JOB_ID_LENGTH + 1]);

#endif
