/*
 * loopback - a place to listen on this host, for peers that a test plays itself.
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

/* loopback_listen gives a socket that takes connections without waiting for them, and its
 * port. The caller closes it. */
int loopback_listen(int *port);

#endif
