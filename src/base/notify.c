/* notify - tells systemd, where there is one, how this process is. */
#include "notify.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

void notify(const char *state)
{
	(void)sd_notify(0, state);
}
#else
void notify(const char *state)
{
	(void)state;
}
#endif
