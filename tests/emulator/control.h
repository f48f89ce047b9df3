/* control - what tests do to a running emulator, under /_emulator/. It is neither
 * throttled nor counted. README.md lists the calls. */
#ifndef CONTROL_H
#define CONTROL_H

#include "emulator.h"

void control_answer(struct emulator *em, struct exchange *x);

#endif
