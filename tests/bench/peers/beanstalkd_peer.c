/*
 * beanstalkd_peer - a client of beanstalkd, since Debian has none in C: the best that a worker
 * can do with the protocol, 100 connections in one loop that each delete a job and reserve
 * the next in one write.
 *
 *	beanstalkd_peer SOCKET single|bulk COUNT     prints jobs a second
 *	beanstalkd_peer SOCKET idle COUNT CLOCK      prints "ready", then p50 and p99 in us
 *	beanstalkd_peer SOCKET work COUNT CLOCK      does jobs until SIGTERM
 *
 * The clock file is that of kit.mjs.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 200, AT_ONCE = 500, CONNECTIONS = 100, TEXT_MAX = 4096 };

static const char head[] = "put 0 0 120 200\r\n";
enum { PUT = sizeof head - 1 + PAYLOAD + 2 };

struct connection {
	int fd;
	size_t length;
	char text[TEXT_MAX + 1];
};

static int64_t *moments, *calls;
static long jobs;

static int64_t now_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	(void)fprintf(stderr, "beanstalkd_peer: %s\n", what);
	exit(1);
}

/* ---- talking -------------------------------------------------------------------------------- */

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof address.sun_path)
		give_up("the path is too long");
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		give_up("cannot connect");
	return fd;
}

static void send_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, text, length, MSG_NOSIGNAL);
		if (n <= 0)
			give_up("cannot send");
		text += n;
		length -= (size_t)n;
	}
}

static void receive(struct connection *c)
{
	ssize_t n = recv(c->fd, c->text + c->length, TEXT_MAX - c->length, 0);
	if (n <= 0)
		give_up("the connection is lost");
	c->length += (size_t)n;
	c->text[c->length] = '\0';
}

static void drop(struct connection *c, size_t length)
{
	memmove(c->text, c->text + length, c->length - length + 1);
	c->length -= length;
}

/* ---- the portal's side ------------------------------------------------------------------------ */

static void write_put(char *text, long number)
{
	char *body = text + sizeof head - 1;
	memcpy(text, head, sizeof head - 1);
	int n = snprintf(body, PAYLOAD, "{\"n\":%ld,\"note\":\"", number);
	memset(body + n, '.', (size_t)(PAYLOAD - 2 - n));
	memcpy(body + PAYLOAD - 2, "\"}\r\n", 4);
}

static void put(struct connection *c, long first, long count)
{
	static char text[AT_ONCE * PUT + 1];
	for (long i = 0; i < count; i++)
		write_put(text + i * PUT, first + i);
	send_all(c->fd, text, (size_t)(count * PUT));
	while (count > 0) {
		char *end = strstr(c->text, "\r\n");
		if (!end) {
			receive(c);
			continue;
		}
		if (strncmp(c->text, "INSERTED ", 9) != 0)
			give_up(c->text);
		drop(c, (size_t)(end + 2 - c->text));
		count--;
	}
}

static void put_all(struct connection *c, long count, long at_once)
{
	int64_t began = now_ns();
	for (long i = 0; i < count; i += at_once)
		put(c, i, count - i < at_once ? count - i : at_once);
	printf("%.0f\n", (double)count * 1e9 / (double)(now_ns() - began));
}

static void sleep_us(long us)
{
	const struct timespec pause = {0, us * 1000};
	(void)nanosleep(&pause, NULL);
}

static int64_t moment_of(long number, int64_t seconds)
{
	int64_t end = now_ns() + seconds * 1000000000, at;
	while (!(at = __atomic_load_n(&moments[number], __ATOMIC_ACQUIRE))) {
		if (now_ns() > end)
			give_up("a job did not run in time");
		sleep_us(100);
	}
	return at;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* The last number of the file is the job that shows that the worker is up. */
static void put_idle(struct connection *c, long count)
{
	int64_t *took = calloc((size_t)count, sizeof *took);
	if (!took || count >= jobs)
		give_up("no room for the samples");
	put(c, count, 1);
	(void)moment_of(count, 30);
	(void)printf("ready\n");
	(void)fflush(stdout);
	sleep_us(500000);
	for (long i = 0; i < count; i++) {
		sleep_us(1000 + random() % 4000);
		int64_t began = now_ns();
		put(c, i, 1);
		took[i] = moment_of(i, 5) - began;
	}
	qsort(took, (size_t)count, sizeof *took, compare);
	printf(
	    "%.1f %.1f\n", (double)took[count / 2] / 1000, (double)took[count * 99 / 100] / 1000);
	free(took);
}

/* ---- the worker's side ------------------------------------------------------------------------ */

static void no_op(const char *payload)
{
	long number = strtol(payload + 5, NULL, 10);
	if (number < 0 || number >= jobs)
		give_up(payload);
	calls[number]++;
	__atomic_store_n(&moments[number], now_ns(), __ATOMIC_RELEASE);
}

/* "RESERVED <id> <bytes>\r\n<payload>\r\n", when all of it is there: does it. */
static size_t do_job(struct connection *c, const char *end_of_line)
{
	size_t whole = (size_t)(end_of_line + 2 - c->text) + PAYLOAD + 2;
	if (c->length < whole)
		return 0;
	char answer[64];
	unsigned long id = strtoul(c->text + 9, NULL, 10);
	no_op(end_of_line + 2);
	int n = snprintf(answer, sizeof answer, "delete %lu\r\nreserve\r\n", id);
	send_all(c->fd, answer, (size_t)n);
	return whole;
}

static void read_answers(struct connection *c)
{
	receive(c);
	for (;;) {
		const char *end = strstr(c->text, "\r\n");
		size_t length = 0;
		if (!end)
			return;
		if (strncmp(c->text, "RESERVED ", 9) == 0)
			length = do_job(c, end);
		else if (strncmp(c->text, "DELETED", 7) == 0)
			length = (size_t)(end + 2 - c->text);
		else
			give_up(c->text);
		if (length == 0)
			return;
		drop(c, length);
	}
}

static void work(const char *path)
{
	static struct connection connections[CONNECTIONS];
	int loop = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &connections[i];
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
		c->fd = connect_to(path);
		if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &e) < 0)
			give_up("cannot watch a connection");
		send_all(c->fd, "reserve\r\n", 9);
	}
	for (;;) {
		struct epoll_event events[CONNECTIONS];
		int n = epoll_wait(loop, events, CONNECTIONS, -1);
		for (int i = 0; i < n; i++)
			read_answers(events[i].data.ptr);
	}
}

static void map_clock(const char *path)
{
	int file = open(path, O_RDWR | O_CLOEXEC);
	off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
	if (size <= 0)
		give_up(path);
	moments = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (moments == MAP_FAILED)
		give_up(path);
	(void)close(file);
	jobs = size / (off_t)(2 * sizeof *moments);
	calls = moments + jobs;
}

int main(int argc, char **argv)
{
	static struct connection portal;
	if (argc < 4) {
		(void)fprintf(
		    stderr, "usage: beanstalkd_peer SOCKET single|bulk|idle|work COUNT [CLOCK]\n");
		return 2;
	}
	const char *order = argv[2];
	long count = strtol(argv[3], NULL, 10);
	if (argc > 4)
		map_clock(argv[4]);
	if (strcmp(order, "work") == 0 && moments)
		work(argv[1]);
	portal.fd = connect_to(argv[1]);
	if (strcmp(order, "idle") == 0 && moments)
		put_idle(&portal, count);
	else
		put_all(&portal, count, strcmp(order, "bulk") == 0 ? AT_ONCE : 1);
	return 0;
}
