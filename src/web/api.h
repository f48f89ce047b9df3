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

/* pages.c */
void serve_teams_page(struct visit *v);
void serve_settings_page(struct visit *v);
void serve_asset(struct visit *v);

/* queue.c */
void serve_queue(struct visit *v);

#endif
