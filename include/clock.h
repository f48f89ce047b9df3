/* clock - the two clocks. Tests set them; nothing else reads the system's. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);	/* epoch milliseconds, may jump */
int64_t clock_mono_ms(void);	/* never goes back; for deadlines and pauses */
int64_t clock_mono_us(void);

/* clock_fake stops both clocks at the given times until clock_advance moves
 * them; clock_real lets them run again. For tests. */
void clock_fake(int64_t wall_ms, int64_t mono_ms);
void clock_advance(int64_t ms);
void clock_real(void);

/* clock_iso writes "2026-11-22T10:42:00.123Z"; clock_hhmm writes "10:42" in
 * the process's time zone. Both return text. */
char *clock_iso(int64_t wall_ms, char text[32]);
char *clock_hhmm(int64_t wall_ms, char text[8]);

#endif
