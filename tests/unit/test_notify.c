/* What systemd is told, by a socket that stands in for it. */
#include "notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

static int listen_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && strlen(path) < sizeof at.sun_path);
	memcpy(at.sun_path, path, strlen(path));
	CHECK_INT(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

static const char *heard(int fd)
{
	static char text[64];
	ssize_t length = recv(fd, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

TEST("systemd hears each line as it is said")
{
#ifndef HAVE_SYSTEMD
	test_skip("this build has no libsystemd");
#endif
	char path[96], folder[64];
	CHECK(getcwd(folder, sizeof folder));
	CHECK(snprintf(path, sizeof path, "%s/systemd", folder) > 0);
	int fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify("READY=1");
	notify("WATCHDOG=1");
	CHECK_STR(heard(fd), "READY=1");
	CHECK_STR(heard(fd), "WATCHDOG=1");
	CHECK_STR(heard(fd), "");
	close(fd);
}

TEST("where there is no systemd, or one that has gone, nothing happens")
{
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	setenv("NOTIFY_SOCKET", "/nowhere/systemd", 1);
	notify("STOPPING=1");
}
