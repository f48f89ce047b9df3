/*
 * log - one event, one line: time, level, event, key=value...
 *
 *	log_info("job_done", log_str("job", id), log_int("ran_ms", ms));
 *
 * Ids only: never a token, a secret, or a learner's name or address.
 */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *key;
	const char *text;	/* NULL: the number counts */
	int64_t number;
};

static inline struct log_field log_str(const char *key, const char *text)
{
	return (struct log_field){key, text ? text : "", 0};
}

static inline struct log_field log_int(const char *key, int64_t number)
{
	return (struct log_field){key, NULL, number};
}

/* log_open sets what is written from now on; lines go to fd. Called again it
 * changes the settings (SIGHUP). Before the first call: info, text, stderr. */
void log_open(int fd, enum log_level least, enum log_format format);

/* log_write writes one line; fields end with a field whose key is NULL. Text
 * with blanks, quotes or control characters is quoted and escaped. */
void log_write(enum log_level level, const char *event,
    const struct log_field *fields);

/* The field in front is there so that no field at all is fine too. */
#define LOG_FIELDS(...) \
	(&((const struct log_field[]){{0}, ##__VA_ARGS__, {0}})[1])
#define log_debug(event, ...) \
	log_write(LOG_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...) log_write(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...) log_write(LOG_WARN, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) \
	log_write(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))

#endif
