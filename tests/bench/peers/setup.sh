#!/bin/sh
# Installs the queues that the benchmark compares with: what packages.apt lists and this
# machine lacks, each by itself, and into FOLDER what package-lock.json fixes.
#
# usage: setup.sh FOLDER
#
# A queue that cannot be had is a row that says so, so nothing here is fatal: it ends with
# status 0 and words on standard error.  No service that is installed here is ever started.
set -u

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: setup.sh FOLDER}
policy=/usr/sbin/policy-rc.d
policy_is_ours=

complain()
{
	printf '%s\n' "$*" >&2
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

has_package()
{
	dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing_packages()
{
	sed 's/#.*//' "$here/packages.apt" | while read -r package; do
		[ -z "$package" ] || has_package "$package" || printf '%s ' "$package"
	done
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

install_package()
{
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q install -y --no-install-recommends "$1" >/dev/null 2>&1 ||
		complain "peers: apt cannot install $1"
	# Not at the next boot either.
	[ "$1" != beanstalkd ] || ! command -v systemctl >/dev/null ||
		as_root systemctl disable beanstalkd.service >/dev/null 2>&1
}

install_packages()
{
	if ! as_root true 2>/dev/null; then
		complain "peers: neither root nor sudo; as root: apt-get install $*"
		return
	fi
	as_root apt-get -q update >/dev/null 2>&1 || complain "peers: apt-get update failed"
	forbid_starts
	for package; do
		install_package "$package"
	done
	allow_starts
}

# npm's own resolution of peer packages would add databases that nothing here uses.
install_modules()
{
	mkdir -p "$folder"
	cp "$here"/*.mjs "$folder"
	if cmp -s "$here/package-lock.json" "$folder/installed"; then
		return
	fi
	cp "$here/package.json" "$here/package-lock.json" "$folder"
	if (cd "$folder" && npm ci --legacy-peer-deps --omit-lockfile-registry-resolved --no-audit \
		--no-fund --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >/dev/null 2>&1); then
		cp "$here/package-lock.json" "$folder/installed"
	else
		complain "peers: npm cannot install what package-lock.json lists"
	fi
}

missing=$(missing_packages)
# $missing is a list of names.
# shellcheck disable=SC2086
[ -z "$missing" ] || install_packages $missing
install_modules
exit 0
