/* loop_int - what the rest of src/io may see of the loop. */
#ifndef LOOP_INT_H
#define LOOP_INT_H

#include <uv.h>

#include "loop.h"

uv_loop_t *loop_uv(struct loop *l);

/* loop_watch_gone calls fn(ctx) once, when the far end of a socket has closed it. */
struct watch *loop_watch_gone(struct loop *l, int fd, loop_fn fn, void *ctx);

#endif
