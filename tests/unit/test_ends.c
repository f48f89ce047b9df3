/* How long what has ended is kept. */
#include <stdio.h>

#include "worker_rig.h"

TEST("records beyond the count are trimmed, oldest first, with all that hangs on them")
{
	crew.keep_finished = 10;
	begin(10);
	for (int i = 0; i < 30; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		struct held *h = rig_held(a, id);
		struct change c;
		change_init(&c);
		words_add(&c.rows, "1");
		rig_touch(a, h, false, &c);
		WAIT(h->told == 1);
		rig_finish(a, h, i % 2 ? END_DONE : END_FAILED, i % 2 == 0, 0);
	}
	WAIT(queue_is_said(a->queue));
	CHECK_INT(rig_number("LLEN " P "finished"), 10);
	CHECK(rig_is("j20", "failed") && rig_is("j29", "done") && rig_is("j19", ""));
	CHECK_INT(
	    rig_number("EXISTS " P "job:j19:learners " P "job:j0:learners " P "job:j0:saved"), 0);
	CHECK_INT(rig_number("EXISTS " P "job:j20:learners"), 1);
	CHECK_INT(rig_count("dead"), 5);
	CHECK_INT(rig_count("done") + rig_count("failed"), 30);
	end_trimmed();
}

TEST("records beyond their time are trimmed as others end")
{
	crew.keep_ms = 1;
	begin(10);
	for (int i = 0; i < 10; i++) {
		char id[16];
		snprintf(id, sizeof id, "j%d", i);
		rig_sync(id, "s", id);
		WAIT(rig_held(a, id));
		rig_done(a, id);
		WAIT(queue_is_said(a->queue));
	}
	CHECK(rig_number("LLEN " P "finished") <= 2);
	end_trimmed();
}

TEST("an id whose record was trimmed may be used again")
{
	crew.keep_finished = 1;
	begin(10);
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	rig_done(a, "j1");
	rig_sync("j2", "s", "8B");
	WAIT(rig_held(a, "j2"));
	rig_done(a, "j2");
	WAIT(rig_is("j1", ""));
	rig_sync("j1", "s", "8B");
	WAIT(rig_held(a, "j1"));
	end_trimmed();
}
