#!/bin/sh
# Runs Microsoft's public clients against the emulator; installs them when they are not there.
#
#	sh tests/npm/run.sh PATH-TO-rollcall-emulator
emulator=$(realpath "$1") || exit 2
cd "$(dirname "$0")" || exit 2
if ! sh install.sh; then
	echo "skip  the packages of package-lock.json cannot be installed here"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
for client in graph_client.mjs sign_in_client.mjs; do
	node $client "$emulator" 2>&1 || echo "status $?"
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
