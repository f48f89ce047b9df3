#!/bin/sh
# Looks at people's pages in a real browser; installs what its tests need when it is not there.
#
#	BUILD=build sh tests/browser/run.sh [WORD…]
cd "$(dirname "$0")" || exit 2
skip()
{
	echo "skip  $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || skip "there is no Chromium here (make setup)"
if ! npm ls --silent >/dev/null 2>&1 &&
	! npm ci --omit-lockfile-registry-resolved --no-audit --no-fund \
		--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >/dev/null 2>&1; then
	skip "the packages of package-lock.json cannot be installed here"
fi
for test in test_*.mjs; do
	node "$test" "$@" 2>&1 || echo "status $?"
done | awk '
	/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; next }
	/^status / { broken = 1; next }
	{ print }
	END {
		if (broken && !failed)
			failed = 1
		print passed + 0 " passed, " failed + 0 " failed"
		exit failed > 0
	}'
