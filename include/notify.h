/* notify - tells systemd, where there is one, how this process is. */
#ifndef NOTIFY_H
#define NOTIFY_H

/* notify sends one line of sd_notify(3): "READY=1", "WATCHDOG=1", "STOPPING=1". */
void notify(const char *state);

#endif
