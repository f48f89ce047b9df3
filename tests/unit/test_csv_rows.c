/* Rows out of files as they really come. */
#include <stdlib.h>

#include "buf.h"
#include "csv_rows.h"
#include "test.h"

static struct pack pack;
static struct pack_stream in;
static struct csv_rows csv;
static struct faults faults;
static const char *at[CSV_COLUMNS_MAX];

/* opens gives what csv_rows_open does of a file with that content; every column is taken. */
static int opens_bytes(const char *content, size_t length)
{
	FILE *file = fopen("some.csv", "w");
	CHECK(file && fwrite(content, 1, length, file) == length);
	fclose(file);
	faults_init(&faults);
	CHECK_INT(pack_open(&pack, ".", 1ULL << 32, &faults), 0);
	CHECK_INT(pack_stream_open(&in, &pack, pack_find(&pack, "some.csv"), &faults), 0);
	int rc = csv_rows_open(&csv, &in, 0, &faults);
	for (int i = 0; i < CSV_COLUMNS_MAX; i++)
		csv.place[i] = i;
	return rc;
}

static int opens(const char *content)
{
	return opens_bytes(content, strlen(content));
}

static void closes(void)
{
	csv_rows_close(&csv);
	pack_stream_close(&in);
	pack_close(&pack);
	faults_clear(&faults);
}

/* row gives the next row as its values with | between, or "end", or "stop". */
static const char *row(void)
{
	static char text[1024];
	int rc = csv_rows_next(&csv, at);
	if (rc <= 0)
		return rc == 0 ? "end" : "stop";
	size_t used = 0;
	for (size_t i = 0; i < csv.columns; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? "|" : "", at[i]);
	return text;
}

static void is_told(const char *word, uint64_t of_row, const char *column)
{
	for (size_t i = 0; i < faults.count; i++) {
		const struct fault *f = &faults.at[i];
		if (strcmp(f->word, word) != 0)
			continue;
		CHECK_STR(f->at.file, "some.csv");
		CHECK_INT(f->at.row, of_row);
		CHECK_STR(f->at.column, column);
		return;
	}
	FAIL("nothing is told of %s", word);
}

TEST("values are what stands between the commas, without the blanks around it")
{
	CHECK_INT(opens("a,b,c\r\n1,two,3\r\n ,  x y , \r\n,,\r\n\r\n4,5,6"), 0);
	CHECK_INT(csv.columns, 3);
	CHECK_STR(csv.heading[1], "b");
	CHECK_STR(row(), "1|two|3");
	CHECK_INT(csv.row, 2);
	CHECK_STR(row(), "|x y|");
	CHECK_STR(row(), "4|5|6");
	CHECK_INT(csv.row, 6);
	CHECK_STR(row(), "end");
	CHECK_STR(row(), "end");
	CHECK_INT(faults.count, 0);
	closes();
}

TEST("quotes keep commas, quotes and line breaks together")
{
	CHECK_INT(opens("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n\"\",\"\"\"\"\n \"q\" , r\n"
			"\"two\r\nlines\",z\nlast,\"one\""),
	    0);
	CHECK_STR(row(), "x,y|he said \"no\"");
	CHECK_STR(row(), "|\"");
	CHECK_STR(row(), "q|r");
	CHECK_STR(row(), "two  lines|z");
	CHECK_INT(csv.row, 5);
	is_told("control_character", 5, "a");
	CHECK_STR(row(), "last|one");
	CHECK_STR(row(), "end");
	CHECK(!faults_refuse(&faults));
	closes();
}

TEST("a byte-order mark, CR alone, and tabs or semicolons are read as they are meant")
{
	CHECK_INT(opens("\xef\xbb\xbf"
			"a,b\n1,2\n"),
	    0);
	CHECK_STR(csv.heading[0], "a");
	CHECK_STR(row(), "1|2");
	closes();
	CHECK_INT(opens("a,b\r1,2\r3,4\r"), 0);
	CHECK_STR(row(), "1|2");
	CHECK_STR(row(), "3|4");
	CHECK_STR(row(), "end");
	closes();
	CHECK_INT(opens("a;b\n1;2,5\n"), 0);
	CHECK_STR(row(), "1|2,5");
	is_told("separator", 1, "");
	closes();
	CHECK_INT(opens("a\tb\n1\t2\n"), 0);
	CHECK_STR(row(), "1|2");
	closes();
}

TEST("letters of every alphabet are kept, and a no-break space at an end is not")
{
	CHECK_INT(opens("a,b\n8Ê,\xc2\xa0数学\xc2\xa0\nŉ Klas,\xf0\x9f\x8e\x93\n"), 0);
	CHECK_STR(row(), "8Ê|数学");
	CHECK_STR(row(), "ŉ Klas|\xf0\x9f\x8e\x93");
	CHECK_INT(faults.count, 0);
	closes();
}

TEST("an older encoding is told with row and column, and what comes behind is still read")
{
	CHECK_INT(opens("a,b\nx,S\xea\n\"1,2\",\xff\n3,4\n"), 0);
	CHECK_STR(row(), "3|4");
	is_told("not_utf8", 2, "b");
	CHECK_STR(faults.at[0].at.value, "S?");
	CHECK_STR(faults.at[1].at.column, "b");
	CHECK_INT(faults.at[1].at.row, 3);
	CHECK(faults_refuse(&faults));
	closes();
}

TEST("overlong and surrogate bytes are no UTF-8")
{
	static const char *const texts[] = {"a\n\xc0\xaf\n", "a\n\xed\xa0\x80\n",
	    "a\n\xf5\x80\x80\x80\n", "a\n\xe2\x82\n", "a\n\x80\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK_INT(opens(texts[i]), 0);
		CHECK_STR(row(), "end");
		is_told("not_utf8", 2, "a");
		closes();
	}
}

TEST("UTF-16, a workbook and zero bytes are no CSV")
{
	CHECK(opens_bytes("\xff\xfe"
			  "a\0,\0b\0\n\0",
		  10) < 0);
	is_told("not_text", 0, "");
	closes();
	CHECK(opens_bytes("PK\3\4xxxxxxxx", 12) < 0);
	is_told("not_text", 0, "");
	closes();
	CHECK_INT(opens_bytes("a,b\n1,2\0x\n", 10), 0);
	CHECK_STR(row(), "end");
	is_told("not_text", 2, "b");
	closes();
}

TEST("an empty file has no heading")
{
	static const char *const texts[] = {"", "\n\n", "\xef\xbb\xbf", " , ,\n1,2,3\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK(opens(texts[i]) < 0);
		CHECK_STR(faults.at[0].word, "empty_file");
		closes();
	}
}

TEST("a row that is too short or too long is told, unless what is too much is empty")
{
	CHECK_INT(opens("a,b\n1\n1,2,3\n1,2,,\n1,\"2\",\"\",\n5,6\n"), 0);
	CHECK_STR(row(), "1|2");
	CHECK_INT(csv.row, 4);
	CHECK_STR(row(), "1|2");
	CHECK_STR(row(), "5|6");
	CHECK_INT(faults.count, 2);
	is_told("row_width", 2, "");
	CHECK_INT(faults.at[1].at.row, 3);
	closes();
}

TEST("a file that ends within a row was cut off")
{
	CHECK_INT(opens("a,b,c\n1,2,3\n4,5"), 0);
	CHECK_STR(row(), "1|2|3");
	CHECK_STR(row(), "end");
	is_told("cut_off", 3, "");
	closes();
}

TEST("a quote out of place is told with its column")
{
	CHECK_INT(opens("a,b\nx,6\" ruler\n\"x\"y,z\n1,2\n"), 0);
	CHECK_STR(row(), "1|2");
	is_told("stray_quote", 2, "b");
	CHECK_STR(faults.at[1].at.column, "a");
	closes();
}

TEST("a quote that never closes ends the reading with the row that it stands in")
{
	CHECK_INT(opens("a,b\n1,2\nx,\"y\n3,4\n5,6\n"), 0);
	CHECK_STR(row(), "1|2");
	CHECK_STR(row(), "stop");
	is_told("open_quote", 3, "");
	CHECK_STR(row(), "stop");
	closes();
}

TEST("a row larger than any row is refused, wherever the buffer ends")
{
	char *text = xmalloc(3 * CSV_ROW_MAX_BYTES);
	memset(text, 'x', 3 * CSV_ROW_MAX_BYTES);
	memcpy(text, "a\n", 2);
	CHECK_INT(opens_bytes(text, 3 * CSV_ROW_MAX_BYTES), 0);
	CHECK_STR(row(), "stop");
	is_told("row_too_long", 2, "");
	closes();
	memset(text, 0, 3 * CSV_ROW_MAX_BYTES);
	CHECK(opens_bytes(text, 3 * CSV_ROW_MAX_BYTES) < 0);
	is_told("row_too_long", 1, "");
	closes();
	free(text);
}

TEST("rows are the same wherever the buffer happens to end")
{
	struct buf b;
	buf_init(&b, 0);
	buf_adds(&b, "n,text,more\n");
	for (int i = 0; i < 60000; i++)
		buf_addf(&b, "%d,%s,\"%.*s\"\"\"\r\n", i, i % 3 ? "Ê" : "", i % 30,
		    "0123456789,123456789\n123456789\"\"23456789");
	CHECK(b.length > 4 * (size_t)CSV_ROW_MAX_BYTES);
	CHECK_INT(opens_bytes(b.data, b.length), 0);
	for (int i = 0; i < 60000; i++) {
		CHECK_INT(csv_rows_next(&csv, at), 1);
		if (atol(at[0]) != i || strcmp(at[1], i % 3 ? "Ê" : "") != 0)
			FAIL("row %d is %s|%s|%s", i, at[0], at[1], at[2]);
	}
	CHECK_STR(row(), "end");
	buf_clear(&b);
	closes();
}

TEST("columns nobody asked for do not become values")
{
	CHECK_INT(opens("name,password,x\nThabo,secret,1\n\"Anna\",\"se\"\"cret\",2\n"), 0);
	csv.place[1] = csv.place[2] = CSV_SKIP;
	at[1] = at[2] = "untouched";
	CHECK_STR(row(), "Thabo|untouched|untouched");
	CHECK_STR(row(), "Anna|untouched|untouched");
	closes();
}

TEST("a file without headings has the columns it is said to have")
{
	test_write("some.csv", "1,2,3\n4,5\n");
	faults_init(&faults);
	CHECK_INT(pack_open(&pack, ".", 1 << 20, &faults), 0);
	CHECK_INT(pack_stream_open(&in, &pack, pack_find(&pack, "SOME.CSV"), &faults), 0);
	CHECK_INT(csv_rows_open(&csv, &in, 3, &faults), 0);
	for (int i = 0; i < 3; i++)
		csv.place[i] = i;
	CHECK_STR(row(), "1|2|3");
	CHECK_INT(csv.row, 1);
	CHECK_STR(row(), "end");
	is_told("row_width", 2, "");
	closes();
}

TEST("more columns than any file has are refused")
{
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i <= CSV_COLUMNS_MAX; i++)
		buf_addf(&b, "%sc%d", i ? "," : "", i);
	CHECK(opens(b.data) < 0);
	is_told("row_width", 1, "");
	buf_clear(&b);
	closes();
}
