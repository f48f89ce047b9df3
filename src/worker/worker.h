/* worker - one worker process from start to stop. */
#ifndef WORKER_H
#define WORKER_H

/* worker_run runs until SIGTERM and returns the exit status; name was never used before. */
int worker_run(const char *config_path, const char *name);

#endif
