/*
 * web_polls - dialogs in many browsers, each with a connection of its own, against one
 * rollcall-web on this host.
 *
 *	web_polls PORT SECONDS poll < DIALOGS	each asks once a second, with the ETag that it
 *						was given last; they are spread over the second
 *	web_polls PORT SECONDS wait < DIALOGS	each waits for the next change (?wait&rev), and
 *						asks again as soon as it is answered
 *
 * A line of DIALOGS is a path, a tab and a header that says who asks. Prints one JSON object:
 * how many were answered, how long it took (from the request to the whole answer; for a wait
 * from the change to the answer), and how they were answered. When a change happened stands in
 * the record, as the phase "at <microseconds of the monotonic clock>".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	DIALOGS_MAX = 20000,
	ANSWER_MAX = 16384,
	LINE_MAX_BYTES = 4096,
	EVENTS = 512,
	US_PER_S = 1000000,
	WARM_UP_US = 3 * US_PER_S,
};

struct dialog {
	int fd;
	char *path, *header; /* owned */
	char etag[64];
	long rev;
	int64_t asked_us; /* 0: nothing is on its way */
	size_t length;
	char answer[ANSWER_MAX];
};

static struct dialog *dialogs[DIALOGS_MAX];
static int count, queue;
static bool waits;
static int32_t *took_us;
static size_t answered, took_room;
static long statuses[600], late;
static int64_t bytes, began_us, ends_us;

static int64_t now_us(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	(void)fprintf(stderr, "web_polls: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- one dialog ---------------------------------------------------------------------------- */

static void send_all(const struct dialog *d, const char *text, size_t length)
{
	if (write(d->fd, text, length) != (ssize_t)length)
		give_up("a request could not be sent");
}

static void ask(struct dialog *d)
{
	char text[LINE_MAX_BYTES + 512], query[64] = "", known[96] = "";
	if (waits)
		(void)snprintf(query, sizeof query, "?wait=20&rev=%ld", d->rev);
	else if (*d->etag)
		(void)snprintf(known, sizeof known, "If-None-Match: %s\r\n", d->etag);
	int length =
	    snprintf(text, sizeof text, "GET %s%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n%s\r\n",
		d->path, query, d->header, known);
	d->asked_us = now_us();
	d->length = 0;
	send_all(d, text, (size_t)length);
}

static const char *header_of(const char *answer, const char *name)
{
	const char *at = strcasestr(answer, name);
	return at ? at + strlen(name) : NULL;
}

/* The first seconds, in which all of them come at once, do not count. */
static void keep(int64_t us)
{
	if (now_us() - began_us < WARM_UP_US)
		return;
	if (answered == took_room) {
		took_room = took_room ? 2 * took_room : 65536;
		took_us = realloc(took_us, took_room * sizeof *took_us);
		if (!took_us)
			give_up("memory");
	}
	took_us[answered++] = (int32_t)us;
}

static void read_record(struct dialog *d, const char *body, int64_t now)
{
	const char *rev = strstr(body, "\"rev\":"), *at = strstr(body, "\"phase\":\"at ");
	bool waited = waits && d->rev > 0; /* the first answer comes at once */
	if (rev)
		d->rev = strtol(rev + 6, NULL, 10);
	if (waited && at)
		keep(now - strtoll(at + 12, NULL, 10));
}

static void take_answer(struct dialog *d, const char *body)
{
	int64_t now = now_us();
	long status = strtol(d->answer + 9, NULL, 10);
	const char *etag = header_of(d->answer, "\r\nETag: ");
	if (etag)
		(void)snprintf(d->etag, sizeof d->etag, "%.*s", (int)strcspn(etag, "\r"), etag);
	statuses[status >= 0 && status < 600 ? status : 0]++;
	bytes += (int64_t)d->length;
	if (!waits)
		keep(now - d->asked_us);
	if (status == 200)
		read_record(d, body, now);
	d->asked_us = 0;
	if (waits && now < ends_us)
		ask(d);
}

static void readable(struct dialog *d)
{
	ssize_t n = read(d->fd, d->answer + d->length, sizeof d->answer - 1 - d->length);
	if (n <= 0)
		give_up("a connection was closed");
	d->length += (size_t)n;
	d->answer[d->length] = '\0';
	const char *end = strstr(d->answer, "\r\n\r\n");
	if (!end)
		return;
	const char *size = header_of(d->answer, "\r\nContent-Length: ");
	size_t whole =
	    (size_t)(end - d->answer) + 4 + (size > end || !size ? 0 : strtoul(size, NULL, 10));
	if (d->length >= whole)
		take_answer(d, end + 4);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void connect_dialog(struct dialog *d, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = d};
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0 || connect(d->fd, (struct sockaddr *)&to, sizeof to) < 0)
		give_up("connecting");
	if (epoll_ctl(queue, EPOLL_CTL_ADD, d->fd, &event) < 0)
		give_up("epoll");
}

static void read_dialogs(int port)
{
	char line[LINE_MAX_BYTES];
	while (count < DIALOGS_MAX && fgets(line, sizeof line, stdin)) {
		struct dialog *d = calloc(1, sizeof *d);
		char *tab = strchr(line, '\t');
		if (!d || !tab)
			give_up("a line of DIALOGS");
		line[strcspn(line, "\n")] = '\0';
		d->path = strndup(line, (size_t)(tab - line));
		d->header = strdup(tab + 1);
		connect_dialog(d, port);
		dialogs[count++] = d;
	}
}

static void hear(int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(queue, events, EVENTS, wait_ms);
	for (int i = 0; i < n; i++)
		readable(events[i].data.ptr);
}

/* The n-th request is due at n / count seconds; a dialog that still waits for its last answer
 * lets one pass, as a browser would. */
static void poll_all(void)
{
	int64_t next = 0;
	for (int64_t now; (now = now_us()) < ends_us; hear(1)) {
		int64_t due = (now - began_us) * count / US_PER_S;
		for (; next < due; next++) {
			struct dialog *d = dialogs[next % count];
			if (d->asked_us)
				late++;
			else
				ask(d);
		}
	}
}

static void wait_all(void)
{
	for (int i = 0; i < count; i++)
		ask(dialogs[i]);
	while (now_us() < ends_us)
		hear(10);
}

static int by_size(const void *a, const void *b)
{
	int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;
	return (one > other) - (one < other);
}

static double ms_at(double share)
{
	size_t at = (size_t)((double)answered * share);
	return answered ? took_us[at < answered ? at : answered - 1] / 1000.0 : 0;
}

static long others(void)
{
	long n = 0;
	for (int i = 0; i < 600; i++)
		n += i == 200 || i == 304 ? 0 : statuses[i];
	return n;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		(void)fputs("usage: web_polls PORT SECONDS poll|wait < DIALOGS\n", stderr);
		return 2;
	}
	waits = strcmp(argv[3], "wait") == 0;
	queue = epoll_create1(EPOLL_CLOEXEC);
	read_dialogs((int)strtol(argv[1], NULL, 10));
	began_us = now_us();
	ends_us = began_us + strtol(argv[2], NULL, 10) * US_PER_S;
	if (waits)
		wait_all();
	else
		poll_all();
	double seconds = (double)(now_us() - began_us) / US_PER_S;
	qsort(took_us, answered, sizeof *took_us, by_size);
	(void)printf("{\"dialogs\":%d,\"answered\":%ld,\"a_second\":%.0f,\"p50_ms\":%.2f,"
		     "\"p99_ms\":%.2f,\"max_ms\":%.2f,\"status_200\":%ld,\"status_304\":%ld,"
		     "\"others\":%ld,\"late\":%ld,\"kb_a_second\":%.0f}\n",
	    count, statuses[200] + statuses[304], (double)(statuses[200] + statuses[304]) / seconds,
	    ms_at(0.5), ms_at(0.99), ms_at(1), statuses[200], statuses[304], others(), late,
	    (double)bytes / 1024 / seconds);
	return 0;
}
