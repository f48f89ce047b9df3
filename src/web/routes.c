/*
 * routes - everything that rollcall-web answers, and who may ask for it. The pages' own
 * files (scripts, styles) are found by pages.c.
 */
#include "api.h"
#include "web.h"

const struct route routes[] = {
    {"GET", "/healthz", MAY_ANYBODY, serve_health, "Alive: this process answers."},
    {"GET", "/readyz", MAY_ANYBODY, serve_ready, "Ready to be sent people: Redis answers."},
    {"GET", "/metrics", MAY_ANYBODY, serve_metrics, "Figures for Prometheus."},
    {"GET", "/v1/openapi.json", MAY_ANYBODY, serve_openapi, "What is answered here, for tools."},

    {"POST", "/v1/session", MAY_ANYBODY, serve_session_start,
	"Exchange the portal's ticket for a session."},
    {"DELETE", "/v1/session", MAY_STAFF, serve_session_end, "Leave."},
    {"GET", "/v1/me", MAY_STAFF, serve_me, "Who is signed in, and how they are connected."},
    {"GET", "/staff/enter", MAY_ANYBODY, serve_enter, "Come from the portal with a ticket."},

    {"GET", "/v1/connection", MAY_STAFF, serve_connection,
	"The Microsoft account of whoever is signed in."},
    {"POST", "/v1/connection", MAY_STAFF, serve_connect,
	"Set out to link one: where to send the browser."},
    {"DELETE", "/v1/connection", MAY_STAFF, serve_disconnect,
	"Forget the account and its tokens; nothing changes in Microsoft Teams."},
    {"GET", "/staff/connected", MAY_ANYBODY, serve_connected,
	"The way back from Microsoft's sign-in, and from an administrator's consent."},

    {"POST", "/v1/jobs", MAY_STAFF | MAY_ENQUEUE, serve_job_new,
	"Ask for a job: an envelope, or for staff what to do with which class of theirs."},
    {"GET", "/v1/jobs/{job}", MAY_STAFF | MAY_READ, serve_job,
	"A job's record; ?wait=20&rev=N answers when it has changed."},
    {"GET", "/v1/jobs/{job}/learners", MAY_STAFF | MAY_READ, serve_job_learners,
	"What became of each learner in a job, as JSON or CSV."},
    {"POST", "/v1/jobs/{job}/cancel", MAY_STAFF | MAY_ENQUEUE, serve_job_cancel,
	"End a job, wherever it stands; what is done stays done."},

    {"GET", "/v1/classes", MAY_STAFF | MAY_READ, serve_classes,
	"A teacher's own register classes of the current year; for programs a school's."},
    {"GET", "/v1/classes/{class}", MAY_STAFF | MAY_READ, serve_class, "How one class stands."},
    {"GET", "/v1/classes/{class}/learners", MAY_STAFF | MAY_READ, serve_class_learners,
	"How each learner of a class stands, as JSON or CSV."},
    {"PUT", "/v1/schools/{school}/classes/{class}", MAY_ENQUEUE, serve_class_put,
	"What the portal's register says of a class now."},

    {"GET", "/v1/queue", MAY_READ, serve_queue,
	"How deep the queue is, how old, how fast, by school and age."},

    {"GET", "/staff/teams", MAY_STAFF, serve_teams_page, "My Microsoft Teams, for people."},
    {"GET", "/staff/settings", MAY_STAFF, serve_settings_page,
	"My User Settings, with the Microsoft Connection, for people."},
    {"GET", "/assets/{file}", MAY_ANYBODY, serve_asset, "A script or style of the pages."},

    {.method = NULL},
};
