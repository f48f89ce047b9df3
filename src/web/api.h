/* api - what serves each route; the list of them is routes.c. */
#ifndef API_H
#define API_H

struct visit;

/* health.c, metrics.c */
void serve_health(struct visit *v);
void serve_ready(struct visit *v);
void serve_metrics(struct visit *v);

/* openapi.c */
void serve_openapi(struct visit *v);

/* connect.c, connected.c */
void serve_connection(struct visit *v);
void serve_connect(struct visit *v);
void serve_disconnect(struct visit *v);
void serve_connected(struct visit *v);

/* job_new.c, jobs.c */
void serve_job_new(struct visit *v);
void serve_job(struct visit *v);
void serve_job_learners(struct visit *v);
void serve_job_cancel(struct visit *v);

/* classes.c, publish.c */
void serve_classes(struct visit *v);
void serve_class(struct visit *v);
void serve_class_learners(struct visit *v);
void serve_class_put(struct visit *v);

/* console.c, console_consent.c, console_settings.c, console_groups.c, console_act.c */
void serve_console(struct visit *v);
void serve_console_consent(struct visit *v);
void serve_console_settings(struct visit *v);
void serve_console_groups(struct visit *v);
void serve_console_group(struct visit *v);
void serve_console_act(struct visit *v);

/* console_runs.c, console_report.c */
void serve_console_runs(struct visit *v);
void serve_console_run(struct visit *v);
void serve_console_run_new(struct visit *v);
void serve_console_report(struct visit *v);

/* console_names.c, console_matches.c, console_year.c */
void serve_console_names(struct visit *v);
void serve_console_matches(struct visit *v);
void serve_console_match(struct visit *v);
void serve_console_year(struct visit *v);
void serve_console_year_close(struct visit *v);

/* console_drift.c, console_history.c */
void serve_console_drift(struct visit *v);
void serve_console_exceptions(struct visit *v);
void serve_console_history(struct visit *v);

/* upload.c */
void serve_roster_post(struct visit *v);

/* pages.c */
void serve_teams_page(struct visit *v);
void serve_settings_page(struct visit *v);
void serve_console_page(struct visit *v);
void serve_group_page(struct visit *v);
void serve_act_page(struct visit *v);
void serve_ops_page(struct visit *v);
void serve_asset(struct visit *v);

/* queue.c */
void serve_queue(struct visit *v);

#endif
