/* The list of faults stays short, and says where, what and what to do. */
#include <stdlib.h>

#include "faults.h"
#include "test.h"

static struct faults f;

static void add(enum fault_level level, const char *word, uint64_t row, const char *value)
{
	faults_add(&f, level, word,
	    (struct fault_at){.file = "users.csv", .column = "email", .value = value, .row = row},
	    "Correct it", "It is wrong in %s", "some way");
}

TEST("a fault is one line that names file, row, column, value and remedy")
{
	struct buf b;
	buf_init(&b, 0);
	faults_init(&f);
	add(FAULT_WARNING, "bad", 17, "n/a");
	fault_line(&f.at[0], &b);
	CHECK_STR(b.data,
	    "warning: users.csv row 17, email \"n/a\": It is wrong in some way. Correct it.");
	buf_reset(&b);
	faults_add(&f, FAULT_REFUSED, "none", (struct fault_at){0}, "Send it", "It is not there");
	fault_line(&f.at[1], &b);
	CHECK_STR(b.data, "refused: It is not there. Send it.");
	buf_reset(&b);
	faults_add(
	    &f, FAULT_NOTE, "class", (struct fault_at){.value = "c1"}, "Look at it", "It is odd");
	fault_line(&f.at[2], &b);
	CHECK_STR(b.data, "note: \"c1\": It is odd. Look at it.");
	CHECK(faults_refuse(&f));
	buf_clear(&b);
	faults_clear(&f);
	CHECK(!faults_refuse(&f));
}

TEST("of one kind some are kept, and all are counted")
{
	faults_init(&f);
	for (uint64_t i = 0; i < 100000; i++)
		add(FAULT_ERROR, "bad", i, "x");
	add(FAULT_ERROR, "worse", 1, "x");
	CHECK_INT(f.count, FAULTS_OF_A_KIND + 1);
	CHECK_INT(f.kind_count, 2);
	CHECK_INT(f.kinds[0].count, 100000);
	CHECK_INT(f.of[FAULT_ERROR], 100001);
	CHECK_INT(f.at[FAULTS_OF_A_KIND - 1].at.row, FAULTS_OF_A_KIND - 1);
	faults_clear(&f);
}

TEST("a thousand kinds are still a short list")
{
	char file[32];
	faults_init(&f);
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(file, sizeof file, "f%d.csv", i);
		for (int k = 0; k < 30; k++)
			faults_add(&f, FAULT_NOTE, "odd", (struct fault_at){.file = file}, "", "x");
	}
	CHECK_INT(f.kind_count, FAULT_KINDS_MAX);
	CHECK(f.count <= (size_t)FAULT_KINDS_MAX * FAULTS_OF_A_KIND);
	CHECK_INT(f.of[FAULT_NOTE], 30000);
	faults_clear(&f);
}

TEST("a value is cut at a whole character, and is text whatever it was")
{
	char value[400] = "";
	faults_init(&f);
	for (int i = 0; i < 50; i++)
		memcpy(value + 2 * i, "\xc3\xaa", 3);
	add(FAULT_NOTE, "a", 1, value);
	CHECK(strlen(f.at[0].at.value) <= 80);
	CHECK_STR(f.at[0].at.value + strlen(f.at[0].at.value) - 5, "\xc3\xaa...");
	add(FAULT_NOTE, "b", 1, "S\xea\nline\t\x7f");
	CHECK_STR(f.at[1].at.value, "S? line  ");
	add(FAULT_NOTE, "c", 1, NULL);
	CHECK_STR(f.at[2].at.value, "");
	faults_clear(&f);
}

TEST("the worst comes first in CSV and in JSON, and a formula is only text")
{
	struct buf b;
	buf_init(&b, 0);
	faults_init(&f);
	add(FAULT_NOTE, "small", 2, "x");
	add(FAULT_REFUSED, "great", 3, "=1+1");
	faults_csv(&f, &b);
	CHECK_STR(b.data, "level,word,file,row,column,value,what,remedy\r\n"
			  "\"refused\",\"great\",\"users.csv\",3,\"email\",\"'=1+1\","
			  "\"It is wrong in some way\",\"Correct it\"\r\n"
			  "\"note\",\"small\",\"users.csv\",2,\"email\",\"x\","
			  "\"It is wrong in some way\",\"Correct it\"\r\n");
	json_t *all = faults_json(&f, 1);
	char *text = json_write(all);
	CHECK_STR(text,
	    "{\"refused\":1,\"errors\":0,\"warnings\":0,\"notes\":1,\"kinds\":["
	    "{\"level\":\"refused\",\"word\":\"great\",\"file\":\"users.csv\","
	    "\"column\":\"email\",\"count\":1},{\"level\":\"note\",\"word\":\"small\","
	    "\"file\":\"users.csv\",\"column\":\"email\",\"count\":1}],\"faults\":["
	    "{\"level\":\"refused\",\"word\":\"great\",\"file\":\"users.csv\",\"row\":3,"
	    "\"column\":\"email\",\"value\":\"=1+1\",\"what\":\"It is wrong in some way\","
	    "\"remedy\":\"Correct it\"}]}");
	free(text);
	json_decref(all);
	buf_clear(&b);
	faults_clear(&f);
}
