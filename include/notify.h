/* notify - tells systemd, where there is one, how this process is. */
#ifndef NOTIFY_H
#define NOTIFY_H

/* notify sends one line of sd_notify(3), "READY=1", "WATCHDOG=1" or "STOPPING=1", to the socket
 * that NOTIFY_SOCKET names, a path or "@name". Without one, or with nobody there, it does
 * nothing. */
void notify(const char *state);

#endif
