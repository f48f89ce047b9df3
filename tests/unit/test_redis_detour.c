/*
 * What a cluster wants elsewhere or later: two nodes that the test plays itself.
 *
 * A node answers a command by its table: the first row whose words the command begins with,
 * and each row as often as it says. What it heard is kept, "GET a;GET b;".
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_int.h"
#include "redis_seen.h"

/* ---- a node ---- */

struct row {
	const char *begins, *answer; /* NULL: none */
	int times;		     /* 0: always */
};

struct node {
	int listening, port, connects;
	struct watch *accepting;
	struct row rows[8];
	char heard[512];
};

struct visit {
	struct node *node;
	struct watch *reading;
	int fd;
	size_t length;
	char text[8192];
};

static const char hello[] = "*4\r\n$4\r\nmode\r\n$7\r\ncluster\r\n$4\r\nrole\r\n$6\r\nmaster\r\n";

static const char *answer_to(struct node *n, const char *line)
{
	static const struct row greeting[] = {
	    {"CLIENT", "+OK\r\n", 0}, {"HELLO", hello, 0}, {"PING", "+PONG\r\n", 0}};
	for (size_t i = 0; i < sizeof greeting / sizeof *greeting; i++)
		if (strncmp(line, greeting[i].begins, strlen(greeting[i].begins)) == 0)
			return greeting[i].answer;
	size_t used = strlen(n->heard);
	snprintf(n->heard + used, sizeof n->heard - used, "%s;", line);
	for (size_t i = 0; i < sizeof n->rows / sizeof *n->rows; i++) {
		struct row *row = &n->rows[i];
		if (!row->begins || row->times < 0 ||
		    strncmp(line, row->begins, strlen(row->begins)) != 0)
			continue;
		if (row->times > 0 && --row->times == 0)
			row->times = -1;
		return row->answer;
	}
	return "+OK\r\n";
}

/* read_command makes a line of the first command, if it is there as a whole. */
static bool read_command(struct visit *v, char *line, size_t room)
{
	char *at = v->text, *end;
	v->text[v->length] = '\0';
	line[0] = '\0';
	if (*at != '*')
		return false;
	long words = strtol(at + 1, &at, 10);
	for (long i = 0; i < words; i++) {
		if (strncmp(at, "\r\n$", 3) != 0)
			return false;
		long length = strtol(at + 3, &at, 10);
		if (at + 4 + length > v->text + v->length)
			return false;
		size_t used = strlen(line);
		snprintf(line + used, room - used, "%s%.*s", i ? " " : "", (int)length, at + 2);
		at += 2 + length;
	}
	end = at + 2;
	v->length -= (size_t)(end - v->text);
	memmove(v->text, end, v->length);
	return true;
}

static void hear(void *ctx)
{
	struct visit *v = ctx;
	char line[256];
	ssize_t size = read(v->fd, v->text + v->length, sizeof v->text - 1 - v->length);
	if (size <= 0) {
		loop_unwatch(v->reading);
		close(v->fd);
		return;
	}
	v->length += (size_t)size;
	while (read_command(v, line, sizeof line)) {
		const char *answer = answer_to(v->node, line);
		ssize_t length = answer ? (ssize_t)strlen(answer) : 0;
		/* Who asked may have hung up, and waits for no answer then. */
		if (answer && write(v->fd, answer, strlen(answer)) != length)
			CHECK(errno == EPIPE || errno == ECONNRESET);
	}
}

static void meet(void *ctx)
{
	struct node *n = ctx;
	static struct visit visits[64];
	static size_t count;
	CHECK(count < sizeof visits / sizeof *visits);
	struct visit *v = &visits[count++];
	n->connects++;
	v->node = n;
	v->fd = accept(n->listening, NULL, NULL);
	v->reading = loop_watch(rig.loop, v->fd, hear, v);
}

/* ---- two of them ---- */

static struct node one, two;
static char moved[64], ask[64];

static void start(struct node *n)
{
	n->listening = loopback_listen(&n->port);
	n->accepting = loop_watch(rig.loop, n->listening, meet, n);
}

/* begin_cluster connects to the first; what the second is called can be said at once. */
static struct redis *begin_cluster(void)
{
	char url[64];
	rig.loop = loop_new();
	start(&one);
	start(&two);
	snprintf(moved, sizeof moved, "-MOVED 7 127.0.0.1:%d\r\n", two.port);
	snprintf(ask, sizeof ask, "-ASK 7 127.0.0.1:%d\r\n", two.port);
	snprintf(url, sizeof url, "redis://127.0.0.1:%d", one.port);
	return begin_away(url);
}

TEST("a command for another node is sent again there, and who asked notices nothing")
{
	struct redis *r = begin_cluster();
	struct changes c = {0};
	struct err e;
	one.rows[0] = (struct row){"GET", moved, 0};
	two.rows[0] = (struct row){"GET", "+there\r\n", 0};
	redis_on_change(r, changed, &c);
	struct reply *a = redis_askf(r, 2000, &e, "GET a");
	CHECK_STR(reply_text(a, NULL), "there");
	reply_free(a);
	CHECK_INT(c.downs, 1);
	CHECK_HAS(c.why, "MOVED 7");
	CHECK(c.up && redis_is_up(r));
	CHECK_STR(one.heard, "GET a;");
	a = redis_askf(r, 2000, &e, "GET b");
	reply_free(a);
	CHECK_STR(two.heard, "GET a;GET b;");
	rig_end();
}

TEST("commands that are all refused are sent again in their order, before those given later")
{
	struct redis *r = begin_cluster();
	struct seen s[4] = {{0}};
	one.rows[0] = (struct row){"GET", moved, 0};
	for (int i = 0; i < 3; i++)
		redis_sendf(r, 2000, see, &s[i], "GET %d", (int64_t)i);
	WAIT(*one.heard);
	redis_sendf(r, 2000, see, &s[3], "SET late 1");
	WAIT(s[3].done);
	CHECK_STR(one.heard, "GET 0;GET 1;GET 2;");
	CHECK_STR(two.heard, "GET 0;GET 1;GET 2;SET late 1;");
	for (int i = 0; i < 4; i++)
		CHECK_INT(s[i].code, 0);
	CHECK(s[0].number < s[1].number && s[2].number < s[3].number);
	rig_end();
}

TEST("a refused command is not sent again when one behind it was carried out")
{
	struct redis *r = begin_cluster();
	struct seen s[3] = {{0}};
	one.rows[0] = (struct row){"GET", moved, 0};
	redis_sendf(r, 2000, see, &s[0], "GET a");
	redis_sendf(r, 2000, see, &s[1], "SET b 1");
	redis_sendf(r, 2000, see, &s[2], "GET c");
	WAIT(s[2].done);
	CHECK_INT(s[0].code, ERR_REACH);
	CHECK_HAS(s[0].text, "MOVED 7");
	CHECK_INT(s[1].code, 0);
	CHECK_INT(s[2].code, 0);
	CHECK(s[0].number < s[1].number && s[1].number < s[2].number);
	CHECK_STR(two.heard, "GET c;");
	rig_end();
}

TEST("a transaction for another node is sent again as a whole")
{
	struct redis *r = begin_cluster();
	struct seen s[4] = {{0}};
	one.rows[0] = (struct row){"GET", moved, 0};
	one.rows[1] =
	    (struct row){"EXEC", "-EXECABORT Transaction discarded because of errors\r\n", 0};
	two.rows[0] = (struct row){"GET", "+QUEUED\r\n", 0};
	two.rows[1] = (struct row){"EXEC", "*1\r\n+value\r\n", 0};
	redis_sendf(r, 2000, see, &s[0], "MULTI");
	redis_sendf(r, 2000, see, &s[1], "GET a");
	redis_sendf(r, 2000, see, &s[2], "EXEC");
	redis_sendf(r, 2000, see, &s[3], "GET b");
	WAIT(s[3].done);
	CHECK_STR(two.heard, "MULTI;GET a;EXEC;GET b;");
	CHECK_STR(s[1].text, "QUEUED");
	for (int i = 0; i < 4; i++)
		CHECK_INT(s[i].count, 1);
	CHECK(s[0].number < s[1].number && s[2].number < s[3].number);
	rig_end();
}

TEST("a transaction that fails for a reason of its own is answered as it is")
{
	struct redis *r = begin_cluster();
	struct seen s[3] = {{0}};
	one.rows[0] = (struct row){"GET", "-WRONGTYPE of that\r\n", 0};
	one.rows[1] = (struct row){"EXEC", "-EXECABORT for that\r\n", 0};
	redis_sendf(r, 2000, see, &s[0], "MULTI");
	redis_sendf(r, 2000, see, &s[1], "GET a");
	redis_sendf(r, 2000, see, &s[2], "EXEC");
	WAIT(s[2].done);
	CHECK_STR(s[0].text, "OK");
	CHECK_HAS(s[1].text, "WRONGTYPE");
	CHECK_HAS(s[2].text, "EXECABORT");
	CHECK_STR(one.heard, "MULTI;GET a;EXEC;");
	rig_end();
}

TEST("ASK is followed for one command, with ASKING before it; the connection stays")
{
	struct redis *r = begin_cluster();
	struct seen s[2] = {{0}};
	struct changes c = {0};
	one.rows[0] = (struct row){"GET a", ask, 0};
	two.rows[0] = (struct row){"GET a", "+moving\r\n", 0};
	redis_on_change(r, changed, &c);
	redis_sendf(r, 2000, see, &s[0], "GET a");
	WAIT(*one.heard);
	redis_sendf(r, 2000, see, &s[1], "GET b");
	WAIT(s[1].done);
	CHECK_STR(s[0].text, "moving");
	CHECK(s[0].number < s[1].number);
	CHECK_STR(one.heard, "GET a;GET b;");
	CHECK_STR(two.heard, "ASKING;GET a;");
	CHECK_INT(c.downs, 0);
	rig_end();
}

TEST("functions and transactions are not sent to where half of the keys are: they wait")
{
	struct redis *r = begin_cluster();
	struct seen s[4] = {{0}};
	one.rows[0] = (struct row){"FCALL", ask, 2};
	one.rows[1] = (struct row){"GET", ask, 2};
	one.rows[2] = (struct row){"EXEC", "-EXECABORT for that\r\n", 2};
	redis_sendf(r, 2000, see, &s[0], "FCALL move 1 a");
	WAIT(s[0].done);
	redis_sendf(r, 2000, see, &s[1], "MULTI");
	redis_sendf(r, 2000, see, &s[2], "GET a");
	redis_sendf(r, 2000, see, &s[3], "EXEC");
	WAIT(s[3].done);
	CHECK_STR(two.heard, "");
	CHECK_STR(one.heard, "FCALL move 1 a;FCALL move 1 a;FCALL move 1 a;"
			     "MULTI;GET a;EXEC;MULTI;GET a;EXEC;MULTI;GET a;EXEC;");
	CHECK_STR(s[3].text, "OK");
	rig_end();
}

TEST("the node aside may not know yet, or be gone: the command is tried again")
{
	struct redis *r = begin_cluster();
	struct seen s = {0};
	char nobody[64];
	snprintf(nobody, sizeof nobody, "-ASK 7 127.0.0.1:%d\r\n", free_port());
	one.rows[0] = (struct row){"GET", ask, 1};
	one.rows[1] = (struct row){"GET", nobody, 1};
	two.rows[0] = (struct row){"GET", "-TRYAGAIN it is moving\r\n", 0};
	redis_sendf(r, 2000, see, &s, "GET a");
	WAIT(s.done);
	CHECK_STR(s.text, "OK");
	CHECK_STR(one.heard, "GET a;GET a;GET a;");
	CHECK_STR(two.heard, "ASKING;GET a;");
	rig_end();
}

TEST("a command is waited for no longer than its deadline, and then told the reason")
{
	struct redis *r = begin_cluster();
	struct seen s[2] = {{0}};
	one.rows[0] = (struct row){"GET", "-TRYAGAIN it is moving\r\n", 0};
	one.rows[1] = (struct row){"SET", ask, 0};
	two.rows[0] = (struct row){"SET", NULL, 0};
	redis_sendf(r, 300, see, &s[0], "GET a");
	WAIT(s[0].done);
	CHECK(s[0].code == ERR_TIMEOUT);
	CHECK_HAS(s[0].text, "TRYAGAIN it is moving");
	redis_sendf(r, 300, see, &s[1], "SET a 1");
	WAIT(s[1].done);
	CHECK_INT(s[1].code, ERR_TIMEOUT);
	CHECK_STR(two.heard, "ASKING;SET a 1;");
	rig_end();
}

TEST("where the cluster is down, another of its nodes is asked")
{
	char url[64];
	struct seen s = {0};
	struct changes c = {0};
	rig.loop = loop_new();
	start(&one);
	start(&two);
	one.rows[0] = (struct row){"GET", "-CLUSTERDOWN The cluster is down\r\n", 0};
	snprintf(url, sizeof url, "redis://127.0.0.1:%d,127.0.0.1:%d", one.port, two.port);
	struct redis *r = begin_away(url);
	redis_on_change(r, changed, &c);
	redis_sendf(r, 2000, see, &s, "GET a");
	WAIT(s.done);
	CHECK_INT(s.code, 0);
	CHECK_HAS(c.why, "CLUSTERDOWN");
	CHECK_STR(two.heard, "GET a;");
	rig_end();
}

TEST("an owner that goes away is looked for again where we began")
{
	struct redis *r = begin_cluster();
	struct seen s = {0};
	char nobody[64];
	snprintf(nobody, sizeof nobody, "-MOVED 7 127.0.0.1:%d\r\n", free_port());
	one.rows[0] = (struct row){"GET", nobody, 3};
	redis_sendf(r, 3000, see, &s, "GET a");
	WAIT(s.done);
	CHECK_STR(s.text, "OK");
	CHECK_INT(one.connects, 4);
	rig_end();
}

TEST("closing on a detour answers what is held, once")
{
	struct node *const nodes[] = {&one, &two};
	struct redis *r = begin_cluster();
	struct seen s[3] = {{0}};
	one.rows[0] = (struct row){"GET", ask, 0};
	two.rows[0] = (struct row){"GET", NULL, 0};
	redis_sendf(r, 2000, see, &s[0], "GET a");
	redis_sendf(r, 2000, see, &s[1], "GET b");
	redis_sendf(r, 2000, see, &s[2], "MULTI");
	WAIT(*nodes[1]->heard);
	rig_end();
	for (int i = 0; i < 3; i++) {
		CHECK_INT(s[i].count, 1);
		CHECK_INT(s[i].code, ERR_REACH);
	}
}
