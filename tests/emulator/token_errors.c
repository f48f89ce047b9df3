/* token_errors - see token_errors.h; graph.md 1.4. */
#include "token_errors.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "clock.h"

static const struct refusal {
	int number, status;
	const char *error, *suberror, *text;
	bool claims;
} refusals[] = {
    {16000, 400, "interaction_required", NULL,
	"Either multiple user identities are available for the current request or selected account "
	"is not supported for the scenario.",
	false},
    {50011, 400, "invalid_request", NULL,
	"The redirect URI specified in the request does not match the redirect URIs configured for "
	"the application.",
	false},
    {50020, 400, "invalid_grant", NULL,
	"User account from identity provider does not exist in tenant and cannot access the "
	"application.",
	false},
    {50033, 503, "temporarily_unavailable", NULL, "A transient error occurred. Please try again.",
	false},
    {50034, 400, "invalid_grant", NULL, "The user account does not exist in the directory.", false},
    {50055, 400, "invalid_grant", "user_password_expired", "The password is expired.", false},
    {50057, 400, "invalid_grant", NULL, "The user account is disabled.", false},
    {50058, 400, "login_required", NULL,
	"A silent sign-in request was sent but no user is signed in.", false},
    {50072, 400, "interaction_required", "basic_action",
	"Due to a configuration change made by your administrator, you must enroll in multi-factor "
	"authentication to access the resource.",
	true},
    {50074, 400, "interaction_required", "basic_action", "Strong Authentication is required.",
	true},
    {50076, 400, "invalid_grant", "basic_action",
	"Due to a configuration change made by your administrator, or because you moved to a new "
	"location, you must use multi-factor authentication to access the resource.",
	true},
    {50079, 400, "invalid_grant", "basic_action",
	"Due to a configuration change made by your administrator, you must enroll in multi-factor "
	"authentication to access the resource.",
	true},
    {50089, 400, "invalid_grant", "token_expired",
	"Authentication failed due to flow token expired.", false},
    {50105, 400, "invalid_grant", NULL,
	"The signed in user is not assigned to a role for the application.", false},
    {50132, 400, "invalid_grant", NULL,
	"The session is not valid due to password expiration or recent password change.", false},
    {50173, 400, "invalid_grant", "bad_token",
	"The provided grant has expired due to it being revoked, a fresh auth token is needed. The "
	"user might have changed or reset their password.",
	false},
    {50194, 400, "invalid_request", NULL,
	"The application is not configured as a multi-tenant application. Usage of the /common "
	"endpoint is not supported.",
	false},
    {50196, 400, "invalid_grant", NULL,
	"The server terminated an operation because it encountered a client request loop. Please "
	"contact your app vendor.",
	false},
    {53003, 400, "interaction_required", "message_only",
	"Access has been blocked by Conditional Access policies.", true},
    {54005, 400, "invalid_grant", NULL,
	"OAuth2 Authorization code was already redeemed, please retry with a new valid code or use "
	"an existing refresh token.",
	false},
    {65001, 400, "invalid_grant", "consent_required",
	"The user or administrator has not consented to use the application. Send an interactive "
	"authorization request for this user and resource.",
	false},
    {65004, 400, "access_denied", NULL, "User declined to consent to access the app.", false},
    {70000, 400, "invalid_grant", NULL, "Provided grant is invalid or malformed.", false},
    {70003, 400, "unsupported_grant_type", NULL, "The app requested an unsupported grant type.",
	false},
    {70008, 400, "invalid_grant", "token_expired",
	"The provided authorization code or refresh token has expired due to inactivity. Send a "
	"new interactive authorization request for this user and resource.",
	false},
    {70011, 400, "invalid_scope", NULL,
	"The provided request must include a 'scope' input parameter. The provided value for the "
	"input parameter 'scope' is not valid.",
	false},
    {70020, 400, "unauthorized_client", NULL,
	"The provided value for the input parameter is not valid for the client.", false},
    {90002, 400, "invalid_request", NULL,
	"Tenant not found. Check to make sure you have the correct tenant ID and are signing into "
	"the correct cloud.",
	false},
    {90033, 503, "temporarily_unavailable", NULL,
	"A transient error has occurred. Please try again.", false},
    {90055, 400, "invalid_request", NULL, "The tenant request throttled due to incoming requests.",
	false},
    {90094, 400, "consent_required", NULL,
	"Admin consent is required for the permissions requested by this application.", false},
    {90130, 400, "invalid_request", NULL,
	"The application is not supported over the /common or /consumers endpoints. Please use the "
	"tenant-specific endpoint.",
	false},
    {501481, 400, "invalid_grant", NULL,
	"The Code_Verifier does not match the code_challenge supplied in the authorization "
	"request.",
	false},
    {700005, 400, "invalid_grant", NULL,
	"The provided authorization code is intended to use against other tenant, thus rejected.",
	false},
    {700016, 400, "unauthorized_client", NULL,
	"The application was not found in the directory. This can happen if the application has "
	"not been installed by the administrator of the tenant or consented to by any user in the "
	"tenant.",
	false},
    {700020, 400, "interaction_required", NULL, "Interaction required.", false},
    {700024, 401, "invalid_client", NULL, "Client assertion is not within its valid time range.",
	false},
    {700027, 401, "invalid_client", NULL, "Client assertion failed signature validation.", false},
    {700082, 400, "invalid_grant", "token_expired",
	"The refresh token has expired due to inactivity.", false},
    {700084, 400, "invalid_grant", "token_expired",
	"The refresh token was issued to a single page app (SPA), and therefore has a fixed, "
	"limited lifetime, which can't be extended.",
	false},
    {900144, 400, "invalid_request", NULL, "The request body is missing a required parameter.",
	false},
    {7000112, 400, "unauthorized_client", NULL, "The application is disabled.", false},
    {7000215, 401, "invalid_client", NULL,
	"Invalid client secret provided. Ensure the secret being sent in the request is the client "
	"secret value, not the client secret ID.",
	false},
    {7000218, 401, "invalid_client", NULL,
	"The request body must contain the following parameter: 'client_assertion' or "
	"'client_secret'.",
	false},
    {7000222, 401, "invalid_client", NULL,
	"The provided client secret keys for the app are expired.", false},
};

static const struct refusal other = {
    0, 400, "invalid_grant", NULL, "The request was refused.", false};

static const struct refusal *find(int number)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].number == number)
			return &refusals[i];
	return &other;
}

const char *token_error_word(int number)
{
	return find(number)->error;
}

static void timestamp(char text[32])
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm parts;
	gmtime_r(&now, &parts);
	strftime(text, 32, "%Y-%m-%d %H:%M:%SZ", &parts);
}

char *token_error_description(struct call *c, int number)
{
	char when[32];
	timestamp(when);
	return xasprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s",
	    number, find(number)->text, c->request_id,
	    c->client_request_id ? c->client_request_id : c->request_id, when);
}

void token_refuse(struct call *c, int number)
{
	const struct refusal *r = find(number);
	char when[32], *description = token_error_description(c, number);
	char *uri = xasprintf("%s/error?code=%d", c->base, number);
	timestamp(when);
	json_t *body = json_pack("{s:s,s:s,s:[i],s:s,s:s,s:s,s:s}", "error", r->error,
	    "error_description", description, "error_codes", number, "timestamp", when, "trace_id",
	    c->request_id, "correlation_id",
	    c->client_request_id ? c->client_request_id : c->request_id, "error_uri", uri);
	if (r->suberror)
		json_object_set_new(body, "suberror", json_string(r->suberror));
	if (r->claims)
		json_object_set_new(body, "claims",
		    json_string("{\"access_token\":{\"capolids\":{\"essential\":true,\"values\":"
				"[\"a3c5ee10-5bd0-4b1c-8b1a-3a1f3b7c0001\"]}}}"));
	reply_json(c, r->status, body);
	reply_header(c, "Content-Type", "application/json; charset=utf-8");
	free(description);
	free(uri);
}
