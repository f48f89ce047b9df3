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
sudo="sudo -n" # nobody is there to be asked for a password
# shellcheck source-path=SCRIPTDIR source=../../../config/apt.sh
. "$here/../../../config/apt.sh"

is_there()
{
	has_package "$1"
}

install_package()
{
	apt_install "$1" >/dev/null 2>&1 || complain "peers: apt cannot install $1"
	[ "$1" != beanstalkd ] || disable_service beanstalkd
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

missing=$(missing_packages "$here/packages.apt")
# $missing is a list of names.
# shellcheck disable=SC2086
[ -z "$missing" ] || install_packages $missing
install_modules
exit 0
