/*
 * class_permit - who may touch a class. Staff: those whom the register names as its teachers,
 * while the list shows it to them. What became of a class's jobs stays theirs to see and to end
 * when the class is out of use.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "classes.h"
#include "round.h"

struct permit {
	struct visit *visit;
	char *class_id, *year; /* owned; the class's year, "" if it has not said */
	void (*go)(struct visit *v);
	void (*refused)(struct visit *v);
	bool teaches, in_use;
};

bool class_is_in_use(
    const char *year, const char *kind, const char *active, const char *current_year)
{
	bool current = !*current_year || !*year || strcmp(year, current_year) == 0;
	return current && strcmp(active, "0") != 0 && strcmp(kind, "registration") == 0;
}

static void refuse(struct visit *v, const char *class_id, void (*refused)(struct visit *v))
{
	audit_refusal(v, "class_not_theirs", class_id);
	if (refused)
		refused(v);
	else
		answer_problem(v, 404, "not_found",
		    "There is no class %.100s that is yours. The school's register says whose it "
		    "is.",
		    class_id);
}

/* ---- what is asked of Redis --------------------------------------------------------------- */

static void take_teaches(void *about, const struct reply *r)
{
	struct permit *p = about;
	p->teaches = reply_number(r) == 1;
}

static const char *text_at(const struct reply *r, size_t i, const char *otherwise)
{
	const char *text = reply_text(reply_at(r, i), NULL);
	return text ? text : otherwise;
}

static void take_class(void *about, const struct reply *r)
{
	struct permit *p = about;
	p->year = xstrdup(text_at(r, 0, ""));
	p->in_use = class_is_in_use("", text_at(r, 1, "registration"), text_at(r, 2, "1"), "");
}

static void take_year(void *about, const struct reply *r)
{
	struct permit *p = about;
	const char *current_year = reply_text(r, NULL);
	p->in_use = p->in_use &&
		    class_is_in_use(p->year, "registration", "1", current_year ? current_year : "");
}

static bool known(void *ctx, struct round *r, const struct err *e)
{
	struct permit *p = ctx;
	(void)r;
	if (e)
		answer_unreachable(p->visit, e);
	else if (p->teaches && p->in_use)
		p->go(p->visit);
	else
		refuse(p->visit, p->class_id, p->refused);
	free(p->class_id);
	free(p->year);
	free(p);
	return false;
}

static void ask(struct visit *v, const char *school, struct permit *p, bool whether_in_use)
{
	struct round *r = round_new(v->web, known, p);
	char *teaches = xasprintf("teaches:%s:%s", school, v->who.id);
	char *class = xasprintf("class:%s:%s", school, p->class_id);
	char *at = xasprintf("school:%s", school);
	ROUND_ASK(r, take_teaches, p, "SISMEMBER", teaches, p->class_id);
	if (whether_in_use) {
		ROUND_ASK(r, take_class, p, "HMGET", class, "year", "kind", "active");
		ROUND_ASK(r, take_year, p, "HGET", at, "current_year");
	}
	round_go(r);
	free(teaches);
	free(class);
	free(at);
}

/* ---- for whom ------------------------------------------------------------------------------ */

static void permit(struct visit *v, const char *school, const char *class_id, bool whether_in_use,
    void (*go)(struct visit *v), void (*refused)(struct visit *v))
{
	bool own_school = !v->who.school || strcmp(v->who.school, school) == 0;
	if (!own_school) {
		refuse(v, class_id, refused);
	} else if (v->who.kind == WHO_PROGRAM) {
		go(v);
	} else {
		struct permit *p = xcalloc(1, sizeof *p);
		*p = (struct permit){.visit = v, .go = go, .refused = refused, .in_use = true};
		p->class_id = xstrdup(class_id);
		ask(v, school, p, whether_in_use);
	}
}

void class_permit_or(struct visit *v, const char *school, const char *class_id,
    void (*go)(struct visit *v), void (*refused)(struct visit *v))
{
	permit(v, school, class_id, false, go, refused);
}

void class_permit(
    struct visit *v, const char *school, const char *class_id, void (*go)(struct visit *v))
{
	permit(v, school, class_id, true, go, NULL);
}
