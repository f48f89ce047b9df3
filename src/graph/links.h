/* links - addresses that Microsoft hands us, kept within the configured root. */
#ifndef LINKS_H
#define LINKS_H

/* link_below gives the part of link after root ("/teams/..."), as it stands in link;
 * NULL if link leads anywhere else or has characters no URL has. A link that starts with
 * "/" is relative to root already. root has no "/" at its end. */
const char *link_below(const char *root, const char *link);

/* link_origin gives scheme, host and port of a URL; free it. */
char *link_origin(const char *url);

/* link_trimmed copies a URL without the slashes at its end; free it. */
char *link_trimmed(const char *url);

#endif
