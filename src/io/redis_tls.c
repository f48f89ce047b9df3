/*
 * redis_tls - what makes a wire private: OpenSSL shakes hands, hiredis (1.0 or newer) reads
 * and writes through it afterwards.
 *
 * The peer's certificate is always verified: its chain, and that it is good for the host
 * that was asked for. hiredis alone would look at the chain only. There is no switch to do
 * without, and no certificate of our own: who we are is said with user and password.
 */
#include "redis_int.h"

#ifdef HAVE_HIREDIS_SSL

#include <errno.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

struct tls {
	SSL_CTX *context;
};

struct tls_session {
	SSL *ssl; /* of the context */
};

bool tls_is_there(void)
{
	return true;
}

/* say gives OpenSSL's own reason, as far as it has one. */
static int say(struct err *e, int code, const char *what)
{
	char text[160] = "";
	unsigned long number = ERR_get_error();
	if (number)
		ERR_error_string_n(number, text, sizeof text);
	ERR_clear_error();
	return err_set(e, code, "%s%s%s", what, *text ? ": " : "", text);
}

/* ---- whom to trust ---- */

struct tls *tls_new(const char *ca_file, struct err *e)
{
	struct tls *t = xcalloc(1, sizeof *t);
	t->context = SSL_CTX_new(TLS_client_method());
	if (!t->context || SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1) {
		say(e, ERR_SYSTEM, "TLS");
		goto fail;
	}
	SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(
	    t->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	int trusted = ca_file ? SSL_CTX_load_verify_locations(t->context, ca_file, NULL)
			      : SSL_CTX_set_default_verify_paths(t->context);
	if (trusted != 1) {
		say(e, ERR_USAGE, "the certificate authorities cannot be read");
		err_prefix(e, "redis url: ca_file %s", ca_file ? ca_file : "(the system's)");
		goto fail;
	}
	return t;
fail:
	tls_free(t);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->context);
	free(t);
}

/* ---- shaking hands ---- */

static bool expect(SSL *ssl, const char *host)
{
	if (redis_host_is_numeric(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* A refused certificate says more than the failure that it leads to. */
static bool say_verdict(SSL *ssl, struct err *e)
{
	long verdict = SSL_get_verify_result(ssl);
	if (verdict != X509_V_OK)
		err_set(e, ERR_REACH, "its TLS certificate is refused: %s",
		    X509_verify_cert_error_string(verdict));
	return verdict != X509_V_OK;
}

/* hiredis makes the first step, and owns the session if that one goes well. */
struct tls_session *tls_begin(struct tls *t, redisContext *context, const char *host, struct err *e)
{
	SSL *ssl = SSL_new(t->context);
	if (!ssl || !expect(ssl, host)) {
		say(e, ERR_SYSTEM, "TLS");
		SSL_free(ssl);
		return NULL;
	}
	if (redisInitiateSSL(context, ssl) != REDIS_OK) {
		if (!say_verdict(ssl, e))
			err_set(e, ERR_REACH, "TLS: %s", context->errstr);
		ERR_clear_error();
		SSL_free(ssl);
		return NULL;
	}
	struct tls_session *s = xcalloc(1, sizeof *s);
	s->ssl = ssl;
	return s;
}

enum tls_state tls_step(struct tls_session *s, struct err *e)
{
	ERR_clear_error();
	int rc = SSL_connect(s->ssl);
	if (rc == 1)
		return TLS_READY;
	int error = SSL_get_error(s->ssl, rc), saved = errno;
	if (error == SSL_ERROR_WANT_READ)
		return TLS_WANTS_READ;
	if (error == SSL_ERROR_WANT_WRITE)
		return TLS_WANTS_WRITE;
	bool told = say_verdict(s->ssl, e);
	if (!told && error == SSL_ERROR_SYSCALL)
		err_set(e, ERR_REACH, "TLS: %s", saved ? strerror(saved) : "Connection lost");
	else if (!told)
		say(e, ERR_REACH, "TLS");
	ERR_clear_error();
	return TLS_FAILED;
}

void tls_end(struct tls_session *s)
{
	free(s);
}

#else

#include <stddef.h>

bool tls_is_there(void)
{
	return false;
}

struct tls *tls_new(const char *ca_file, struct err *e)
{
	(void)ca_file;
	err_set(e, ERR_USAGE, "this build has no TLS");
	return NULL;
}

void tls_free(struct tls *t)
{
	(void)t;
}

struct tls_session *tls_begin(struct tls *t, redisContext *context, const char *host, struct err *e)
{
	(void)t, (void)context, (void)host;
	err_set(e, ERR_SYSTEM, "this build has no TLS");
	return NULL;
}

enum tls_state tls_step(struct tls_session *s, struct err *e)
{
	(void)s;
	err_set(e, ERR_SYSTEM, "this build has no TLS");
	return TLS_FAILED;
}

void tls_end(struct tls_session *s)
{
	(void)s;
}

#endif
