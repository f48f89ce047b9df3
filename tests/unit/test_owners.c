/* Who owns a new class (requirements 8.3 to 8.5, 12.2). */
#include <stdlib.h>

#include "buf.h"
#include "owners.h"
#include "test.h"

static const char two_teachers[] =
    "[{'id':'t2','email':'b@s.example'},{'id':'t1','email':'a@s.example'}]";
static const char admins[] =
    "[{'id':'a1','email':'head@s.example'},{'id':'a2','email':'office@s.example'}]";

static json_t *list(const char *text)
{
	char *own = xstrdup(text);
	for (char *c = own; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *value = json_read(own, strlen(own), 8, NULL);
	free(own);
	return value;
}

/* Without the words of the addresses behind the @. */
static void are(struct owners_from f, const char *teachers, const char *extra, const char *want)
{
	struct owners o;
	struct buf b;
	json_t *t = list(teachers), *e = list(extra);
	f.teachers = t;
	f.extra = e;
	f.source = f.source ? f.source : "";
	f.asked_by = f.asked_by ? f.asked_by : "";
	f.asker_address = f.asker_address ? f.asker_address : "";
	buf_init(&b, 0);
	buf_adds(&b, "");
	owners_choose(&o, &f);
	for (size_t i = 0; i < o.count; i++) {
		buf_adds(&b, i ? " " : "");
		buf_add(&b, o.at[i], strcspn(o.at[i], "@"));
	}
	CHECK_STR(b.data, want);
	buf_clear(&b);
	owners_clear(&o);
	json_decref(t);
	json_decref(e);
}

#define BY_RULE(k, ...) ((struct owners_from){.kind = (k), .group_sync = true, __VA_ARGS__})

TEST("a year and a registration group are owned by the chosen administrators, and by no form "
     "teacher")
{
	are(BY_RULE("year", .source = ""), two_teachers, admins, "head office");
	are(BY_RULE("registration", .source = ""), two_teachers, admins, "head office");
}

TEST("a teaching group has the administrators and one teacher: the primary one, else the first by "
     "id")
{
	are(BY_RULE("teaching", .source = ""), two_teachers, admins, "a head office");
	are(BY_RULE("teaching", .source = ""),
	    "[{'id':'t1','email':'a@s'},{'id':'t2','email':'b@s','primary':true}]", admins,
	    "b head office");
	are(BY_RULE("teaching", .source = ""), "[{'id':'t1','email':''},{'id':'t2','email':'b@s'}]",
	    "[]", "b");
}

TEST("of a teaching group of SEEMiS all teachers are owners")
{
	are(BY_RULE("teaching", .source = "seemis"), two_teachers, admins, "b a head office");
	are(BY_RULE("teaching", .source = "SEEMiS"), two_teachers, "[]", "b a");
}

TEST("a register that says who of its teachers is owner is believed")
{
	are(BY_RULE("teaching", .source = ""),
	    "[{'id':'t1','email':'a@s','owner':false},{'id':'t2','email':'b@s','owner':true},"
	    "{'id':'t3','email':'c@s','owner':true}]",
	    "[]", "b c");
	are((struct owners_from){.kind = "teaching"},
	    "[{'id':'t1','email':'a@s','owner':false},{'id':'t2','email':'b@s'}]", "[]", "b");
}

TEST("who asked for it is an owner and comes first, teacher or administrator")
{
	are(BY_RULE("registration", .asked_by = "t1"), two_teachers, admins, "a head office");
	are(BY_RULE("year", .asked_by = "a2"), two_teachers, admins, "office head");
	are(BY_RULE("teaching", .asked_by = "t2"), two_teachers, "[]", "b a");
	are(BY_RULE("year", .asked_by = "stranger"), two_teachers, admins, "head office");
}

TEST("who asked and is on no list is an owner by their own address")
{
	are(BY_RULE("registration", .asked_by = "s9", .asker_address = "me@s.example"),
	    two_teachers, admins, "me head office");
	are(BY_RULE("teaching", .asked_by = "t2", .asker_address = "me@s.example"), two_teachers,
	    "[]", "b a");
}

TEST("where teachers make their own Teams all of them are owners, the asker first")
{
	are((struct owners_from){.kind = "registration"}, two_teachers, "[]", "b a");
	are((struct owners_from){.kind = "registration", .asked_by = "t1"}, two_teachers, "[]",
	    "a b");
	are((struct owners_from){.kind = "registration"}, two_teachers, admins, "b a head office");
}

TEST("a class never has no owner while anybody with an address is known")
{
	are(BY_RULE("year", .source = ""), two_teachers, "[]", "b");
	are(BY_RULE("registration", .source = ""),
	    "[{'id':'t1'},{'id':'t2','email':'b@s','owner':false}]", "[]", "b");
	are(BY_RULE("year", .source = ""), "[]", "[]", "");
}

TEST("nobody is there twice, whatever the case of the address")
{
	are(BY_RULE("teaching", .asked_by = "a1"), "[{'id':'t1','email':'HEAD@s.example '}]",
	    admins, "head office");
}

TEST("who asked is known without an address, too")
{
	struct owners o;
	json_t *t = list("[{'id':'t1'},{'id':'t2','email':'b@s'}]");
	owners_choose(&o, &(struct owners_from){.teachers = t,
			      .kind = "registration",
			      .source = "",
			      .asked_by = "t1",
			      .asker_address = ""});
	CHECK(o.knows_asker && !o.has_asker);
	CHECK_INT(o.count, 1);
	owners_clear(&o);
	owners_choose(&o, &(struct owners_from){.teachers = t,
			      .kind = "registration",
			      .source = "",
			      .asked_by = "t9",
			      .asker_address = ""});
	CHECK(!o.knows_asker);
	owners_clear(&o);
	json_decref(t);
}

TEST("the setting for extra owners is a list, and anything else is none")
{
	json_t *o = owners_of_text("[{\"id\":\"a1\"}]");
	CHECK_INT(json_array_size(o), 1);
	json_decref(o);
	CHECK(!owners_of_text(""));
	CHECK(!owners_of_text(NULL));
	CHECK(!owners_of_text("{}"));
	CHECK(!owners_of_text("nobody"));
}
