/* Who the master is: Sentinels that the test plays itself. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis_int.h"
#include "redis_seen.h"

/* ---- a Sentinel ---- */

struct sentinel {
	int listening, fd, port, asked, named;
	struct watch *accepting, *reading;
	const char *says; /* NULL: nothing */
	const char *then; /* once somebody said who it is */
};

static void hear(void *ctx)
{
	struct sentinel *s = ctx;
	char text[1024];
	ssize_t size = read(s->fd, text, sizeof text - 1);
	if (size <= 0) {
		loop_unwatch(s->reading);
		s->reading = NULL;
		close(s->fd);
		return;
	}
	text[size] = '\0';
	bool names = strstr(text, "AUTH") != NULL;
	s->asked += strstr(text, "GET-MASTER-ADDR-BY-NAME\r\n$4\r\nmain") != NULL;
	s->named += names;
	if (names)
		CHECK(write(s->fd, "+OK\r\n", 5) == 5);
	const char *says = names && s->then ? s->then : s->says;
	if (says)
		CHECK(write(s->fd, says, strlen(says)) == (ssize_t)strlen(says));
}

static void meet(void *ctx)
{
	struct sentinel *s = ctx;
	s->fd = accept(s->listening, NULL, NULL);
	s->reading = loop_watch(rig.loop, s->fd, hear, s);
}

/* ---- who asks them ---- */

struct asking {
	struct redis_url url;
	struct find *find;
	int founds, unfounds, port;
	char host[64], why[384];
};

static void found(void *owner, const char *host, int port)
{
	struct asking *a = owner;
	a->founds++;
	a->port = port;
	text_copy(a->host, sizeof a->host, host);
}

static void unfound(void *owner, const struct err *why)
{
	struct asking *a = owner;
	a->unfounds++;
	text_copy(a->why, sizeof a->why, why->text);
}

static const struct find_events events = {found, unfound};

/* begin_asking has n Sentinels; one without a word to say and port 1 is not there at all. */
static void begin_asking(struct asking *a, struct sentinel *s, int n, const char *user)
{
	struct err e;
	struct buf url;
	rig.loop = loop_new();
	buf_init(&url, 0);
	buf_addf(&url, "sentinel://%s", user);
	for (int i = 0; i < n; i++) {
		s[i].listening = loopback_listen(&s[i].port);
		s[i].accepting = loop_watch(rig.loop, s[i].listening, meet, &s[i]);
		buf_addf(&url, "%s127.0.0.1:%d", i ? "," : "", s[i].port);
	}
	buf_adds(&url, "/main");
	if (redis_url_read(&a->url, url.data, &e) < 0)
		FAIL("%s", e.text);
	buf_clear(&url);
	a->find = find_open(rig.loop, &a->url, &events, a);
	find_begin(a->find);
}

static void end_asking(struct asking *a)
{
	find_close(a->find);
	redis_url_clear(&a->url);
	loop_free(rig.loop);
}

static const char here[] = "*2\r\n$8\r\n10.0.0.1\r\n$4\r\n6380\r\n", nil[] = "*-1\r\n";

TEST("the first Sentinel that knows is believed, and asked first the next time")
{
	struct sentinel s[3] = {{.says = nil}, {.says = here}, {.says = here}};
	struct asking a = {0};
	begin_asking(&a, s, 3, "");
	WAIT(a.founds == 1);
	CHECK_STR(a.host, "10.0.0.1");
	CHECK_INT(a.port, 6380);
	find_begin(a.find);
	WAIT(a.founds == 2);
	CHECK_INT(s[0].asked, 1);
	CHECK_INT(s[1].asked, 2);
	CHECK_INT(s[2].asked, 0);
	find_doubt(a.find);
	find_begin(a.find);
	WAIT(a.founds == 3);
	CHECK_INT(s[2].asked, 1);
	end_asking(&a);
}

TEST("when all are gone the line says so once, and not in each round anew")
{
	struct changes c = {0};
	char url[96];
	snprintf(
	    url, sizeof url, "sentinel://127.0.0.1:%d,127.0.0.1:%d/main", free_port(), free_port());
	struct redis *r = begin_away(url);
	redis_on_change(r, changed, &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "Sentinel 127.0.0.1");
	NEVER(c.downs > 1, 800);
	redis_close(r);
	loop_free(rig.loop);
}

TEST("one that is silent costs half a second, and the next one is asked")
{
	struct sentinel s[2] = {{.says = NULL}, {.says = here}};
	struct asking a = {0};
	int64_t began_ms = clock_mono_ms();
	begin_asking(&a, s, 2, "");
	WAIT(a.founds == 1);
	int64_t took_ms = clock_mono_ms() - began_ms;
	CHECK(took_ms >= 500 && took_ms < 1500);
	end_asking(&a);
}

TEST("when none knows, that is told once, with the Sentinel and its reason")
{
	static const char *const answers[][2] = {
	    {nil, "does not know that master"},
	    {"-ERR what is this\r\n", "ERR what is this"},
	    {"HTTP/1.1 400\r\n", "Protocol error"},
	    {"*2\r\n$1\r\nh\r\n$1\r\n0\r\n", "does not know that master"},
	    {"+OK\r\n", "no answer"},
	};
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct sentinel s[2] = {{.says = answers[i][0]}, {.says = answers[i][0]}};
		struct asking a = {0};
		char place[64];
		begin_asking(&a, s, 2, "");
		WAIT(a.unfounds == 1);
		snprintf(place, sizeof place, "Sentinel 127.0.0.1:%d: ", s[1].port);
		CHECK_HAS(a.why, place);
		CHECK_HAS(a.why, answers[i][1]);
		CHECK_INT(a.founds, 0);
		CHECK_INT(s[0].asked + s[1].asked, 2);
		end_asking(&a);
	}
}

TEST("one that wants a password is told ours, and not before")
{
	struct sentinel s[1] = {{.says = "-NOAUTH Authentication required.\r\n", .then = here}};
	struct asking a = {0};
	begin_asking(&a, s, 1, "worker:hunter2@");
	WAIT(a.founds == 1);
	CHECK_INT(s[0].asked, 2);
	CHECK_INT(s[0].named, 1);
	end_asking(&a);
}

TEST("one that refuses our password is told, without the password")
{
	static const char noauth[] = "-NOAUTH Authentication required.\r\n";
	struct sentinel s[1] = {{.says = noauth, .then = "-ERR no hunter2 here\r\n"}};
	struct asking a = {0};
	begin_asking(&a, s, 1, ":hunter2@");
	WAIT(a.unfounds == 1);
	CHECK(strstr(a.why, "hunter2") == NULL);
	CHECK_HAS(a.why, "it refuses us");
	end_asking(&a);
}

/* ---- and the line behind it ---- */

TEST("a Redis that the Sentinels name and that is a replica is not taken until it is the master")
{
	struct sentinel s[1] = {{0}};
	struct changes c = {0};
	char says[128], url[64];
	const char *port = strrchr(begin_on_tcp("127.0.0.1"), ':') + 1;
	snprintf(says, sizeof says, "*2\r\n$9\r\n127.0.0.1\r\n$%zu\r\n%s\r\n", strlen(port), port);
	s[0].says = says;
	s[0].listening = loopback_listen(&s[0].port);
	s[0].accepting = loop_watch(rig.loop, s[0].listening, meet, &s[0]);
	CHECK_STR(rig_ask("REPLICAOF 127.0.0.1 1"), "OK");
	snprintf(url, sizeof url, "sentinel://127.0.0.1:%d/main", s[0].port);
	struct redis *r = connect_to(url);
	redis_on_change(r, changed, &c);
	WAIT(c.down);
	CHECK_HAS(c.why, "not the master");
	CHECK_HAS(c.why, port);
	CHECK(!c.up);
	CHECK_STR(rig_ask("REPLICAOF NO ONE"), "OK");
	WAIT(c.up);

	c = (struct changes){0};
	snprintf(says, sizeof says, "*2\r\n$9\r\n127.0.0.1\r\n$1\r\n1\r\n");
	WAIT(c.down);
	CHECK_HAS(c.why, "the master is 127.0.0.1:1 now");
	redis_close(r);
	rig_end();
}
