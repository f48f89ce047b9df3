#!/bin/sh
# Installs what config/packages.apt lists and this machine lacks.
#
# usage: setup.sh [--check]
#
# --check only tells what is missing (exit status 1 when something is).  A command that is there
# without its package (node from elsewhere, a Redis built by hand) counts as there.  A Redis that
# is installed here is neither started nor enabled: Rollcall's demo and tests start their own.
set -u

list=$(dirname "$0")/packages.apt
policy=/usr/sbin/policy-rc.d
policy_is_ours=

say()
{
	printf '%s\n' "$*"
}

complain()
{
	printf '%s\n' "$*" >&2
}

# The first number that "command --version" prints, 0 when there is no such command.
major_version()
{
	"$1" --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9][0-9]*\).*/\1/p' | grep . || echo 0
}

has_package()
{
	dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

is_there()
{
	case $1 in
	nodejs) [ "$(major_version node)" -ge 18 ] ;;
	redis-server) [ "$(redis_major_version)" -ge 7 ] ;;
	npm | python3) command -v "$1" >/dev/null || has_package "$1" ;;
	*) has_package "$1" ;;
	esac
}

# "Redis server v=7.0.15 sha=..."
redis_major_version()
{
	redis-server --version 2>/dev/null | sed -n 's/.* v=\([0-9][0-9]*\).*/\1/p' | grep . || echo 0
}

missing_packages()
{
	sed 's/#.*//' "$list" | while read -r package; do
		[ -z "$package" ] || is_there "$package" || printf '%s ' "$package"
	done
}

# Runs a command as root: as we are, or by sudo.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
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

# Debian starts a service as soon as it is installed, unless this file says no.
forbid_starts()
{
	[ -e "$policy" ] && return
	trap allow_starts EXIT
	trap 'exit 1' INT TERM HUP
	policy_is_ours=yes
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

allow_starts()
{
	[ -z "$policy_is_ours" ] || as_root rm -f "$policy"
	policy_is_ours=
}

install_missing()
{
	as_root apt-get -q update || complain "apt-get update failed; trying with the old lists."
	# $missing is a list of names.
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q install -y --no-install-recommends $missing
}

# Keeps a Redis that we installed from starting at the next boot.
disable_redis()
{
	command -v systemctl >/dev/null || return 0
	as_root systemctl disable redis-server.service >/dev/null 2>&1 || return 0
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

missing=$(missing_packages)
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
[ -n "$has_redis_package" ] || disable_redis
allow_starts

missing=$(missing_packages)
missing=${missing% }
[ -z "$missing" ] || by_hand "Still missing, or too old: $missing."
say "All packages are there."
