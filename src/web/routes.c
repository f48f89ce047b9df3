/*
 * routes - everything that rollcall-web answers, and who may ask for it. The pages' own
 * files (scripts, styles) are found by pages.c.
 */
#include "api.h"
#include "web.h"

const struct route routes[] = {
    {"GET", "/healthz", MAY_ANYBODY, serve_health, "Alive: this process answers."},
    {.method = NULL},
};
