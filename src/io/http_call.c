/*
 * http_call - one request and what comes back.
 *
 * Bodies are read by a callback that cannot start over. So when a kept connection
 * turns out to be dead after a body has gone out, curl cannot send the request
 * again by itself, and the caller learns that it may have happened. A POST without
 * a body has no such guard and gets a fresh connection instead.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "http_int.h"

enum {
	CONNECT_MS = 10000,
	HEADER_BYTES_MAX = 64 * 1024,
	HEADER_LINES_MAX = 100,
};

/* ---- what comes back ---- */

/* header_line keeps "Name: value". A status line begins anew: what came before
 * belonged to a 100 Continue or to a proxy. */
static size_t header_line(char *line, size_t size, size_t count, void *ctx)
{
	struct http_call *c = ctx;
	struct http_headers *h = &c->headers;
	size_t length = size * count, end = length;
	const char *colon = memchr(line, ':', length);

	if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		buf_reset(&h->text);
		h->lines = 0;
		return length;
	}
	if (!colon)
		return length;
	const char *value = colon + 1;
	while (end > 0 && strchr(" \t\r\n", line[end - 1]))
		end--;
	while (value < line + end && (*value == ' ' || *value == '\t'))
		value++;
	size_t value_length = value < line + end ? (size_t)(line + end - value) : 0;
	if (++h->lines > HEADER_LINES_MAX || buf_put(&h->text, line, (size_t)(colon - line)) < 0 ||
	    buf_put(&h->text, "", 1) < 0 || buf_put(&h->text, value, value_length) < 0 ||
	    buf_put(&h->text, "", 1) < 0) {
		c->too_long = "headers are";
		return 0;
	}
	return length;
}

static size_t body_piece(char *piece, size_t size, size_t count, void *ctx)
{
	struct http_call *c = ctx;
	if (buf_put(&c->answer, piece, size * count) < 0) {
		c->too_long = "body is";
		return 0;
	}
	return size * count;
}

const char *http_header(const struct http_answer *a, const char *name)
{
	const struct buf *text = a->headers ? &a->headers->text : NULL;
	size_t at = 0;
	while (text && at < text->length) {
		const char *found = text->data + at, *value = found + strlen(found) + 1;
		if (strcasecmp(found, name) == 0)
			return value;
		at = (size_t)(value + strlen(value) + 1 - text->data);
	}
	return NULL;
}

/* ---- what goes out ---- */

static size_t body_read(char *to, size_t size, size_t count, void *ctx)
{
	struct http_call *c = ctx;
	size_t room = size * count, left = c->body_length - c->body_sent;
	size_t taken = left < room ? left : room;
	if (taken)
		memcpy(to, c->body + c->body_sent, taken);
	c->body_sent += taken;
	return taken;
}

static void set_lines(struct http_call *c, const char *const *headers)
{
	bool typed = false;
	for (; headers && *headers; headers++) {
		typed = typed || strncasecmp(*headers, "Content-Type:", 13) == 0;
		c->lines = curl_slist_append(c->lines, *headers);
	}
	if (!typed)
		c->lines = curl_slist_append(c->lines, "Content-Type:"); /* no guess of curl's */
	c->lines = curl_slist_append(c->lines, "Expect:");		 /* no waiting for 100 */
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->lines);
}

static bool carries_body(const struct http_request *q)
{
	return q->body_length > 0 || strcmp(q->method, "POST") == 0 ||
	       strcmp(q->method, "PUT") == 0 || strcmp(q->method, "PATCH") == 0;
}

static void set_request(struct http_call *c, const struct http_request *q)
{
	curl_easy_setopt(c->easy, CURLOPT_URL, q->url);
	if (carries_body(q)) {
		curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_length);
		curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, body_read);
		curl_easy_setopt(c->easy, CURLOPT_READDATA, c);
		curl_easy_setopt(c->easy, CURLOPT_FRESH_CONNECT, q->body_length == 0 ? 1L : 0L);
	} else if (strcmp(q->method, "HEAD") == 0) {
		curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
	} else {
		curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, q->method);
}

static void set_manners(struct http_call *c, const char *ca_file)
{
	CURL *easy = c->easy;
	long connect_ms = c->timeout_ms < CONNECT_MS ? (long)c->timeout_ms : CONNECT_MS;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "rollcall/" VERSION);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Ending a call must not wait for a name server that does not answer. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void set_ears(struct http_call *c, size_t body_max)
{
	CURL *easy = c->easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, c->why);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_line);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_piece);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body_max);
}

/* host_of copies HOST:PORT out of a url, and nothing else that may stand in it. */
static void host_of(const char *url, char *host, size_t room)
{
	const char *from = strstr(url, "://");
	from = from ? from + 3 : url;
	size_t length = strcspn(from, "/?#");
	const char *at = memrchr(from, '@', length);
	if (at) {
		length -= (size_t)(at + 1 - from);
		from = at + 1;
	}
	length = length < room ? length : room - 1;
	memcpy(host, from, length);
	host[length] = '\0';
}

struct http_call *call_new(CURL *easy, const char *ca_file, const struct http_request *q)
{
	struct http_call *c = xcalloc(1, sizeof *c);
	assert(q->body_max > 0 && q->timeout_ms > 0);
	c->easy = easy;
	c->timeout_ms = q->timeout_ms;
	c->began_ms = clock_mono_ms();
	c->body_length = q->body_length;
	if (q->body_length) {
		c->body = xmalloc(q->body_length);
		memcpy(c->body, q->body, q->body_length);
	}
	buf_init(&c->headers.text, HEADER_BYTES_MAX);
	buf_init(&c->answer, q->body_max);
	list_init(&c->link);
	host_of(q->url, c->host, sizeof c->host);
	set_request(c, q);
	set_manners(c, ca_file);
	set_lines(c, q->headers);
	set_ears(c, q->body_max);
	return c;
}

/* ---- the end ---- */

static void say_why(const struct http_call *c, CURLcode end, struct err *e)
{
	const char *why = c->why[0] ? c->why : curl_easy_strerror(end);
	bool is_late = clock_mono_ms() - c->began_ms >= c->timeout_ms;
	if (c->too_long || end == CURLE_FILESIZE_EXCEEDED)
		err_set(e, ERR_LIMIT, "%s: the %s too long", c->host,
		    c->too_long ? c->too_long : "body is");
	else if (end == CURLE_OPERATION_TIMEDOUT && is_late)
		err_set(e, ERR_TIMEOUT, "%s: no answer within %lld ms", c->host,
		    (long long)c->timeout_ms);
	else
		err_set(e, end == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_REACH, "%s: %s",
		    c->host, why);
}

void call_answer(const struct http_call *c, CURLcode end, struct http_answer *a)
{
	long status = 0, sent_bytes = 0;

	*a = (struct http_answer){.body = "", .took_ms = clock_mono_ms() - c->began_ms};
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent_bytes);
	a->sent = sent_bytes > 0;
	if (end != CURLE_OK) {
		say_why(c, end, &a->error);
		return;
	}
	a->status = (int)status;
	a->headers = &c->headers;
	a->body_length = c->answer.length;
	if (c->answer.data)
		a->body = c->answer.data;
}

void call_free(struct http_call *c)
{
	curl_slist_free_all(c->lines);
	buf_clear(&c->headers.text);
	buf_clear(&c->answer);
	free(c->body);
	free(c);
}
