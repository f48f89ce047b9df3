/* registry - the only list of job types. A new one is a file and a line. */
#include "job.h"

extern const struct job_type adopt_class, check_team, read_tenant, close_class, create_team,
    delete_class, register_class, restore_class, sync_learners, sync_school;

const struct job_type *const job_types[] = {
    &create_team,
    &sync_learners,
    &check_team,
    &register_class,
    &sync_school,
    &close_class,
    &delete_class,
    &restore_class,
    &adopt_class,
    &read_tenant,
    NULL,
};
