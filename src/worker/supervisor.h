/* supervisor - N worker processes; a dead one's jobs are handed back at once. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

/* supervisor_run forks the processes, replaces those that die, and returns the exit
 * status once SIGTERM has stopped them all. */
int supervisor_run(const char *config_path, int processes);

/* supervisor_worker_name makes a name that was never used before: host, pid, chance. */
void supervisor_worker_name(char name[128]);

#endif
