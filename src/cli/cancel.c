/* cancel - sets the flag that every worker looks for; the job ends when one has seen it. */
#include "output.h"
#include "record.h"

int cancel_run(struct cli *c)
{
	enum { KEPT_S = 259200 };
	const char *id = cli_value(c, "JOB");
	json_t *record = record_read(c, id);
	if (record_has_ended(record)) {
		out_complain("job %s has ended already: %s", id, record_text(record, "state"));
		json_decref(record);
		return NO;
	}
	reply_free(
	    cli_ask(c, "SET %scancel:%s %s EX %d", c->prefix, id, cli_who(), (int64_t)KEPT_S));
	if (!record)
		out_say(
		    PLAIN, 0, "No worker has read a job %s yet; if it comes, it is cancelled.", id);
	else
		out_say(PLAIN, 0, "Job %s is being cancelled: who was processed keeps the outcome.",
		    id);
	json_decref(record);
	return YES;
}
