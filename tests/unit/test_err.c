#include "err.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

TEST("a failing function can end by returning what it sets")
{
	struct err e;
	CHECK_INT(
	    err_set(&e, ERR_LIMIT, "%s has %d bytes, allowed are %d", "body", 9, 4), ERR_LIMIT);
	CHECK_INT(e.code, ERR_LIMIT);
	CHECK_STR(e.text, "body has 9 bytes, allowed are 4");
}

TEST("whoever does not want the reason passes NULL")
{
	CHECK_INT(err_set(NULL, ERR_INPUT, "unused"), ERR_INPUT);
	err_prefix(NULL, "unused");
}

TEST("text that does not fit is cut and terminated")
{
	struct err e;
	char long_text[1000];
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s", long_text);
	CHECK_INT(strlen(e.text), sizeof(e.text) - 1);
	err_prefix(&e, "%s", "users.csv");
	CHECK_INT(strlen(e.text), sizeof(e.text) - 1);
	CHECK_INT(strncmp(e.text, "users.csv: xxx", 14), 0);
	err_prefix(&e, "%s", long_text);
	CHECK_INT(strlen(e.text), sizeof(e.text) - 1);
}

TEST("a prefix names the thing and keeps code and reason")
{
	struct err e;
	err_set(&e, ERR_REACH, "connection refused");
	err_prefix(&e, "redis %s", "127.0.0.1:6379");
	CHECK_INT(e.code, ERR_REACH);
	CHECK_STR(e.text, "redis 127.0.0.1:6379: connection refused");
}

TEST("every code has a word of its own")
{
	for (int a = ERR_SYSTEM; a <= ERR_USAGE; a++)
		for (int b = ERR_SYSTEM; b < a; b++)
			CHECK(strcmp(err_name(a), err_name(b)) != 0);
	CHECK_STR(err_name(ERR_USAGE), "usage");
	CHECK_STR(err_name(ERR_SYSTEM), "system");
	CHECK_STR(err_name(0), "none");
	CHECK_STR(err_name(-99), "unknown");
	CHECK_STR(err_name(1), "unknown");
}

TEST("a start that cannot go on says why on standard error and exits with 1")
{
	int status, ends[2];
	char text[256] = {0};
	CHECK_INT(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		die("%s is missing", "rollcall.conf");
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 1);
	CHECK(read(ends[0], text, sizeof(text) - 1) > 0);
	CHECK_STR(text, "test_err: rollcall.conf is missing\n");
}
