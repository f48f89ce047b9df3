# apt.sh - what setup.sh and tests/bench/peers/setup.sh know of Debian's packages. To be read
# with "." by a script that says what $sudo is and which packages is_there counts as there.

policy=/usr/sbin/policy-rc.d
policy_is_ours=

complain()
{
	printf '%s\n' "$*" >&2
}

has_package()
{
	dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# missing_packages FILE: those it lists that are not there, each with a blank behind it.
missing_packages()
{
	sed 's/#.*//' "$1" | while read -r package; do
		[ -z "$package" ] || is_there "$package" || printf '%s ' "$package"
	done
}

# Runs a command as root: as we are, or by sudo.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		# shellcheck disable=SC2086,SC2154 # one or two words, of the caller
		$sudo "$@"
	fi
}

apt_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q install -y --no-install-recommends "$@"
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

# disable_service NAME: it does not start at the next boot either.
disable_service()
{
	command -v systemctl >/dev/null || return 0
	as_root systemctl disable "$1.service" >/dev/null 2>&1 || return 0
}
