/*
 * errors - what Graph's refusals mean to us (graph.md 8), and how they
 * are put to people: by status, code and request id, never by Microsoft's own text,
 * which may name a person.
 */
#ifndef ERRORS_H
#define ERRORS_H

#include "err.h"
#include "graph_client.h"
#include "json.h"

enum { CODE_ROOM = 64, ID_ROOM = 40 };

/* errors_result reads the status of an answer; 401 counts as GRAPH_TOKEN_REFUSED. */
enum graph_result errors_result(int status);

/* errors_code finds the innermost code in the body of an answer or of an entry, also
 * one that Teams has wrapped into a message; "" if there is none. body may be NULL. */
void errors_code(const json_t *body, char code[CODE_ROOM]);

/* errors_inner does the same in the error object itself. */
void errors_inner(const json_t *error, char code[CODE_ROOM]);

void errors_request_id(const json_t *body, char id[ID_ROOM]);

/* errors_take_id takes over what looks like an id for Microsoft's support; false: it is
 * not there or none. */
bool errors_take_id(const char *text, char id[ID_ROOM]);

/* errors_say writes the sentence for an answer that is not GRAPH_OK. */
void errors_say(struct err *e, int status, const char *code, const char *request_id);

/* errors_looks_like names what came in place of JSON: "html", "text", ... */
const char *errors_looks_like(const char *body);

#endif
