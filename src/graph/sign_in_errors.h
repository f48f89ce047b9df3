/*
 * sign_in_errors - what a refusal of the token endpoint means (graph.md 1.4), and how it is
 * put to people: never by Microsoft's own text, which may name a person.
 */
#ifndef SIGN_IN_ERRORS_H
#define SIGN_IN_ERRORS_H

#include "err.h"
#include "graph_client.h"
#include "json.h"
#include "sign_in.h"

enum { REASON_ROOM = SIGN_IN_REASON_ROOM };

/* sign_in_error is for our app itself; body is NULL where it was not JSON. */
enum graph_result sign_in_error(int status, const json_t *body, struct err *e);

/* sign_in_error_of_account is for somebody's code or refresh token. reason is a word
 * (connections.h) with GRAPH_RELINK and GRAPH_NO_CONSENT, else "". */
enum graph_result sign_in_error_of_account(int status, const json_t *body,
    char reason[REASON_ROOM], struct err *e);

#endif
