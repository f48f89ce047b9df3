/* What systemd is told, by a socket that stands in for it. */
#include "notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

/* At a path, or with "@" in front at a name of the kernel's own. */
static int listen_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && strlen(path) < sizeof at.sun_path);
	memcpy(at.sun_path, path, strlen(path));
	if (*path == '@')
		at.sun_path[0] = '\0';
	CHECK_INT(bind(fd, (const struct sockaddr *)&at, length), 0);
	return fd;
}

static const char *heard(int fd)
{
	static char text[64];
	ssize_t length = recv(fd, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static void hears(const char *path)
{
	int fd = listen_at(path);
	setenv("NOTIFY_SOCKET", path, 1);
	notify("READY=1");
	notify("WATCHDOG=1");
	CHECK_STR(heard(fd), "READY=1");
	CHECK_STR(heard(fd), "WATCHDOG=1");
	CHECK_STR(heard(fd), "");
	close(fd);
}

TEST("systemd hears each line as it is said, at a path and at a name")
{
	char path[96], folder[64];
	CHECK(getcwd(folder, sizeof folder));
	CHECK(snprintf(path, sizeof path, "%s/systemd", folder) > 0);
	hears(path);
	CHECK(snprintf(path, sizeof path, "@rollcall-test-%d", (int)getpid()) > 0);
	hears(path);
}

TEST("where there is no systemd, or one that has gone, nothing happens")
{
	char far[256];
	memset(far, 'x', sizeof far - 1);
	far[0] = '/';
	far[sizeof far - 1] = '\0';
	const char *const nowhere[] = {"/nowhere/systemd", "", "@", "relative", far};
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
		setenv("NOTIFY_SOCKET", nowhere[i], 1);
		notify("STOPPING=1");
	}
}
