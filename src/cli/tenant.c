/* tenant - form, and ids that are somebody else's for certain. */
#include "tenant.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool is_guid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	if (strlen(text) != sizeof form - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* is_host_name tells whether text is labels of letters, digits and hyphens with dots between;
 * a single label is no domain. */
static bool is_host_name(const char *text)
{
	enum { LABEL_MAX = 63, HOST_MAX = 253 };
	static const char inside[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
	size_t labels = 0;
	if (strlen(text) > HOST_MAX)
		return false;
	for (;; text++) {
		size_t length = strspn(text, inside);
		if (length == 0 || length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-')
			return false;
		labels++;
		text += length;
		if (*text == '\0')
			return labels > 1;
		if (*text != '.')
			return false;
	}
}

const char *tenant_wrong(const char *tenant_id)
{
	return is_guid(tenant_id) || is_host_name(tenant_id)
		   ? NULL
		   : "a tenant is its GUID (8-4-4-4-12 hexadecimal digits) or one of its domains";
}

const char *tenant_doubt(const char *tenant_id)
{
	static const struct {
		const char *id, *doubt;
	} known[] = {
	    {"", "no tenant id is set"},
	    {"common", "\"common\" is no tenant: give the school's own id"},
	    {"organizations", "\"organizations\" is no tenant: give the school's own id"},
	    {"consumers", "\"consumers\" is no tenant: give the school's own id"},
	    {"00000000-0000-0000-0000-000000000000", "all zeros is nobody's tenant id"},
	    {"9188040d-6c67-4c5b-b112-36a304b66dad",
		"this id stands for personal Microsoft accounts, not for a school"},
	    {"f8cdef31-a31e-4b4a-93e4-5f571e91255a",
		"this id is the tenant of Microsoft's own services, not of a school"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(known[i].id, tenant_id) == 0)
			return known[i].doubt;
	return tenant_wrong(tenant_id);
}
