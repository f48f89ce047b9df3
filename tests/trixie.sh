#!/bin/sh
# Builds and checks this tree in a Debian 13 root of its own: newer compilers and libraries,
# and TLS to Redis, which Debian 12's hiredis lacks.
#
#	sh tests/trixie.sh ROOT [TARGET...]
#
# ROOT is made by debootstrap when it is not there, and kept for the next time. TARGET is
# "check" unless given. Needs root; changes nothing outside ROOT.
set -eu

root=${1:?usage: trixie.sh ROOT [TARGET...]}
shift
[ $# -gt 0 ] || set -- check

skip()
{
	echo "skip  Debian 13: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

packages()
{
	sed 's/#.*//' config/packages.apt | grep -v '^[[:space:]]*$' | paste -sd,
}

make_root()
{
	command -v debootstrap >/dev/null || skip "debootstrap is not installed"
	echo "making a Debian 13 root in $root"
	mkdir -p "$root"
	debootstrap --variant=minbase --include="$(packages)" trixie "$root" \
		${TRIXIE_MIRROR:+"$TRIXIE_MIRROR"} >"$root.log" 2>&1 || {
		tail -5 "$root.log"
		echo "Debian 13 cannot be fetched; all of it is in $root.log"
		exit 1
	}
	touch "$root/complete"
}

[ "$(id -u)" -eq 0 ] || skip "only root can make and enter a root"
[ -e "$root/complete" ] || make_root

# The tree as git knows it, changes included; what was built there stays for the next time.
tree=$root/root/rollcall
mkdir -p "$tree" "$root/proc" "$root/dev/pts"
[ -e "$root/dev/ptmx" ] || ln -s pts/ptmx "$root/dev/ptmx"
find "$tree" \( -path "$tree/build" -o -name node_modules \) -prune -o -type f -exec rm -f {} +
git ls-files -z | xargs -0 ls -d 2>/dev/null | tar -cf - -T - | tar -xf - -C "$tree"
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$root/etc/resolv.conf"

# In mount and process namespaces of their own, so that nothing stays behind when it ends.
# shellcheck disable=SC2016	# expanded inside
exec unshare --mount --pid --fork sh -c '
	root=$1
	shift
	mount -t proc proc "$root/proc"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
	exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		sh -c "cd /root/rollcall && exec make \"\$@\"" make "$@"' sh "$root" "$@"
