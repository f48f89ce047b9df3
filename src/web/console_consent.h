/* console_consent - Microsoft's administrator lets us work in the school as a whole. */
#ifndef CONSOLE_CONSENT_H
#define CONSOLE_CONSENT_H

#include "web.h"

/* console_consent_back is for whoever comes back from Microsoft's consent: true if they set out
 * from the console; they are sent back there, then. */
bool console_consent_back(struct visit *v);

#endif
