/* throughput - how many jobs end in a minute, of late. */
#ifndef THROUGHPUT_H
#define THROUGHPUT_H

#include "web.h"

struct throughput;

/* throughput_open looks at the counters every few seconds from now on. */
struct throughput *throughput_open(struct web *web);
void throughput_close(struct throughput *t);

/* throughput_json is {"done","failed","cancelled","over_ms"} per minute over the last five
 * minutes, or over as long as this process has looked; null before the second look. */
json_t *throughput_json(const struct web *web);

#endif
