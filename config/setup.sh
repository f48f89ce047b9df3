#!/bin/sh
# Installs what config/packages.apt lists and this machine lacks.
#
# usage: setup.sh [--check]
#
# --check only tells what is missing (exit status 1 when something is).  A command that is there
# without its package (node from elsewhere, a Redis built by hand) counts as there.  A Redis that
# is installed here is neither started nor enabled: Rollcall's demo and tests start their own.
set -u

here=$(dirname "$0")
list=$here/packages.apt
sudo=sudo # apt.sh uses it
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$here/apt.sh"

say()
{
	printf '%s\n' "$*"
}

# The first number that "command --version" prints, 0 when there is no such command.
major_version()
{
	"$1" --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9][0-9]*\).*/\1/p' | grep . || echo 0
}

is_there()
{
	case $1 in
	nodejs) [ "$(major_version node)" -ge 18 ] ;;
	redis-server) [ "$(redis_major_version)" -ge 7 ] ;;
	chromium) has_package chromium || grep -qx 'ID=ubuntu' /etc/os-release ;;
	npm | python3) command -v "$1" >/dev/null || has_package "$1" ;;
	*) has_package "$1" ;;
	esac
}

# "Redis server v=7.0.15 sha=..."
redis_major_version()
{
	redis-server --version 2>/dev/null | sed -n 's/.* v=\([0-9][0-9]*\).*/\1/p' | grep . || echo 0
}

can_be_root()
{
	[ "$(id -u)" -eq 0 ] && return 0
	command -v sudo >/dev/null || return 1
	# Without a terminal sudo cannot ask for a password.
	[ -t 0 ] || sudo -n true 2>/dev/null
}

by_hand()
{
	complain "$1  As root, run:"
	complain "  apt-get update && apt-get install -y --no-install-recommends $missing"
	exit 1
}

install_missing()
{
	as_root apt-get -q update || complain "apt-get update failed; trying with the old lists."
	# $missing is a list of names.
	# shellcheck disable=SC2086
	apt_install $missing
}

check_only=
case ${1-} in
'') ;;
--check) check_only=yes ;;
*)
	complain "usage: setup.sh [--check]"
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null; then
	complain "This is not Debian or Ubuntu: cannot tell which packages are missing."
	complain "What Rollcall needs is in $list, by its Debian names."
	[ -z "$check_only" ]
	exit
fi

missing=$(missing_packages "$list")
missing=${missing% }
if [ -z "$missing" ]; then
	say "All packages are there."
	exit 0
fi
if [ -n "$check_only" ]; then
	say "Missing: $missing"
	exit 1
fi
can_be_root || by_hand "Packages are missing, and here is neither root nor a sudo that works."

say "Installing: $missing (apt, needs root)"
has_redis_package=
has_package redis-server && has_redis_package=yes
forbid_starts
install_missing || by_hand "apt could not install them."
[ -n "$has_redis_package" ] || disable_service redis-server
allow_starts

missing=$(missing_packages "$list")
missing=${missing% }
[ -z "$missing" ] || by_hand "Still missing, or too old: $missing."
say "All packages are there."
