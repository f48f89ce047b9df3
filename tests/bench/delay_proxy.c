/*
 * delay_proxy - a Unix socket in front of another that keeps all bytes for a while, each way.
 *
 *	delay_proxy LISTEN TARGET DELAY_US
 *
 * What is read is a chunk with the moment when it is due; the delay is the same for all, so
 * one queue in order of arrival is also in order of due times. A chunk that is due moves to
 * the way out of its stream and is written as the other side takes it. Nobody waits for
 * anybody: any number of chunks may be under way, so only the time grows and not the rate.
 * Nothing bounds what is kept; it is for measuring. It ends by SIGTERM.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 65536, EVENTS = 64 };

struct stream;

struct chunk {
	struct chunk *next;
	struct stream *stream; /* where it goes */
	int64_t due_ns;
	size_t length, written;
	char bytes[]; /* none: the end of the stream */
};

struct chunks {
	struct chunk *first, **last;
};

/* One direction of a connection; its two streams point at each other. */
struct stream {
	struct stream *back, *next_over;
	int from, to;
	bool ended;	     /* what it reads has come to its end */
	bool closed;	     /* and that end was passed on */
	bool blocked;	     /* to takes no more for now */
	struct chunks ready; /* due, and not taken yet */
};

static struct chunks under_way;
static struct stream *over; /* connections with nothing left to pass on */
static int64_t delay_ns;
static int loop;

static int64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void chunks_init(struct chunks *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void chunks_append(struct chunks *l, struct chunk *c)
{
	c->next = NULL;
	*l->last = c;
	l->last = &c->next;
}

static struct chunk *chunks_take(struct chunks *l)
{
	struct chunk *c = l->first;
	l->first = c->next;
	if (!l->first)
		l->last = &l->first;
	return c;
}

/* ---- sockets ---------------------------------------------------------------------------- */

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		give_up(path);
	}
	memcpy(address.sun_path, path, strlen(path));
	return address;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(fd, 512) < 0)
		give_up(path);
	return fd;
}

static int connect_to(const struct sockaddr_un *target)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)target, sizeof *target) < 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Each socket is watched for the stream that reads it; edges, so that it is told once. */
static void watch(int fd, struct stream *reads)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = reads};
	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) < 0)
		give_up("epoll_ctl");
}

static struct stream *stream_new(int from, int to)
{
	struct stream *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->from = from;
	s->to = to;
	chunks_init(&s->ready);
	return s;
}

static void accept_one(int listener, const struct sockaddr_un *target)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0)
		give_up("accept");
	int server = connect_to(target);
	if (server < 0) {
		(void)close(client);
		return;
	}
	struct stream *out = stream_new(client, server), *in = stream_new(server, client);
	out->back = in;
	in->back = out;
	watch(client, out);
	watch(server, in);
}

/* ---- bytes ------------------------------------------------------------------------------- */

static void keep(struct stream *s, const char *bytes, size_t length)
{
	struct chunk *c = malloc(sizeof *c + length);
	if (!c)
		abort();
	c->stream = s;
	c->due_ns = now_ns() + delay_ns;
	c->length = length;
	c->written = 0;
	memcpy(c->bytes, bytes, length);
	chunks_append(&under_way, c);
}

static void read_all(struct stream *s)
{
	static char bytes[CHUNK];
	while (!s->ended) {
		ssize_t n = recv(s->from, bytes, sizeof bytes, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		s->ended = n <= 0;
		keep(s, bytes, n > 0 ? (size_t)n : 0);
	}
}

/* No chunk names the two streams any more; an event that was fetched already still may. */
static void end_stream(struct stream *s)
{
	(void)shutdown(s->to, SHUT_WR);
	s->closed = true;
	if (s->back->closed) {
		s->next_over = over;
		over = s;
	}
}

/* A side that went away takes everything: its bytes are dropped. True when c is done with. */
static bool write_chunk(struct stream *s, struct chunk *c)
{
	while (c->written < c->length) {
		ssize_t n = send(s->to, c->bytes + c->written, c->length - c->written,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0 && errno != EINTR)
			break;
		c->written += n > 0 ? (size_t)n : 0;
	}
	if (c->length == 0)
		end_stream(s);
	return true;
}

static void write_ready(struct stream *s)
{
	s->blocked = false;
	while (s->ready.first && !s->blocked) {
		if (write_chunk(s, s->ready.first))
			free(chunks_take(&s->ready));
		else
			s->blocked = true;
	}
}

static void pass_on_due(void)
{
	while (under_way.first && under_way.first->due_ns <= now_ns()) {
		struct chunk *c = chunks_take(&under_way);
		struct stream *s = c->stream;
		chunks_append(&s->ready, c);
		if (!s->blocked)
			write_ready(s);
	}
}

static void close_over(void)
{
	while (over) {
		struct stream *s = over;
		over = s->next_over;
		(void)close(s->from);
		(void)close(s->to);
		free(s->back);
		free(s);
	}
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int wait_for_events(struct epoll_event events[EVENTS])
{
	if (!under_way.first)
		return epoll_pwait2(loop, events, EVENTS, NULL, NULL);
	int64_t left_ns = under_way.first->due_ns - now_ns();
	struct timespec left = {0, left_ns > 0 ? left_ns : 0};
	return epoll_pwait2(loop, events, EVENTS, &left, NULL);
}

static void serve(int listener, const struct sockaddr_un *target)
{
	struct epoll_event events[EVENTS];
	for (;;) {
		int n = wait_for_events(events);
		if (n < 0 && errno != EINTR)
			give_up("epoll_pwait2");
		for (int i = 0; i < n; i++) {
			struct stream *s = events[i].data.ptr;
			if (!s) {
				accept_one(listener, target);
				continue;
			}
			read_all(s);
			if (s->back->blocked)
				write_ready(s->back);
		}
		pass_on_due();
		close_over();
	}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		(void)fprintf(stderr, "usage: delay_proxy LISTEN TARGET DELAY_US\n");
		return 2;
	}
	struct sockaddr_un target = address_of(argv[2]);
	delay_ns = strtol(argv[3], NULL, 10) * 1000;
	assert(delay_ns >= 0 && delay_ns < 1000000000);
	/* Linux lets a sleeper sleep 50 us longer than it asked for, unless told otherwise. */
	if (prctl(PR_SET_TIMERSLACK, 1UL) < 0)
		give_up("prctl");
	chunks_init(&under_way);
	loop = epoll_create1(EPOLL_CLOEXEC);
	int listener = listen_at(argv[1]);
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
	if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e) < 0)
		give_up("epoll");
	serve(listener, &target);
}
