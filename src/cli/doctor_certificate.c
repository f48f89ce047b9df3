/*
 * doctor_certificate - whether a certificate can be read, and for how long it is still good:
 * the day on which the app's own ends, no school signs in any more.
 */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "doctor.h"

enum { SOON_DAYS = 30 };

/* end_of writes the day, 2027-03-01, and gives how many days are left of it: less than 0 when
 * it is past. */
static int end_of(const X509 *certificate, char day[16])
{
	int days = 0, seconds = 0;
	struct tm end = {0};
	const ASN1_TIME *until = X509_get0_notAfter(certificate);
	if (ASN1_TIME_to_tm(until, &end) != 1 || ASN1_TIME_diff(&days, &seconds, NULL, until) != 1)
		return -1;
	(void)strftime(day, 16, "%Y-%m-%d", &end);
	return days < 0 || seconds < 0 ? -1 : days;
}

static X509 *first_of(FILE *from)
{
	return PEM_read_X509(from, NULL, NULL, NULL);
}

static X509 *last_to_end_of(FILE *from)
{
	X509 *last = NULL, *one;
	while ((one = first_of(from))) {
		bool later = !last || ASN1_TIME_compare(
					  X509_get0_notAfter(one), X509_get0_notAfter(last)) > 0;
		X509_free(later ? last : one);
		last = later ? one : last;
	}
	return last;
}

static void look(
    struct doctor *d, const char *check, const char *path, X509 *(*certificate_of)(FILE *from))
{
	char day[16] = "";
	FILE *from = fopen(path, "re");
	if (!from) {
		doctor_say(d, FINDING_FAIL, check, "Put the file there, or correct the setting.",
		    "%s: %s", path, strerror(errno));
		return;
	}
	X509 *certificate = certificate_of(from);
	(void)fclose(from);
	int days = certificate ? end_of(certificate, day) : 0;
	if (!certificate)
		doctor_say(d, FINDING_FAIL, check, "It has to be in PEM.",
		    "%s holds no certificate", path);
	else if (days < 0)
		doctor_say(d, FINDING_FAIL, check, "Put a new one there, where it is known too.",
		    "%s ended on %s", path, day);
	else if (days < SOON_DAYS)
		doctor_say(d, FINDING_WARNING, check,
		    "Put a new one there in time, where it is known too.",
		    "%s ends on %s, in %d days", path, day, days);
	else
		doctor_say(d, FINDING_OK, check, "", "%s, good until %s", path, day);
	X509_free(certificate);
}

void doctor_certificate(struct doctor *d, const char *check, const char *path)
{
	look(d, check, path, first_of);
}

void doctor_authorities(struct doctor *d, const char *check, const char *path)
{
	look(d, check, path, last_to_end_of);
}
