#!/bin/sh
# Installs the packages of package-lock.json when they are not there; status 1 when it cannot.
cd "$(dirname "$0")" || exit 2
npm ls --silent >/dev/null 2>&1 ||
	npm ci --omit-lockfile-registry-resolved --no-audit --no-fund \
		--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >/dev/null 2>&1
