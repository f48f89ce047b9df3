#!/bin/sh
# portal.sh - how a script talks to Rollcall, with redis-cli; jq reads and writes the JSON.
#
# The functions of the first part are what a script takes over; the command line below them is
# there to try them with. README.md in this folder lists its words and lines.
set -u

prefix='rollcall:{teams}:' # the braces are part of the key
cancel_kept_s=259200       # three days
# Text for people stands last, so that a line break in it could displace no other field.
record='rev state done total added already_member failed unresolved removed removal_failed
	web_url joined error_code message phase error'

# The password goes by the environment: what stands in a command line, others can see.
export REDISCLI_AUTH="${REDIS_PASSWORD-}"

cli()
{
	case ${REDIS_HOST:=127.0.0.1} in
	/*) set -- -s "$REDIS_HOST" "$@" ;;
	*) set -- -h "$REDIS_HOST" -p "${REDIS_PORT:-6379}" "$@" ;;
	esac
	timeout 5 redis-cli -e --user "${REDIS_USER:-portal}" "$@" 2>&1
}

# Sends a command until it is answered, and prints the answer. All that is sent here may be
# sent twice. What stands in $last is sent as its last word with -x: the kernel allows one word
# of a command line no more than 128 KiB, and an envelope may have 1 MiB.
last=
ask()
{
	for pause in 0.1 0.5 1 2 stop; do
		answer=$(printf '%s' "$last" | cli "$@")
		status=$?
		case $answer in
		# redis-cli goes on as the default user, which would be somebody else.
		'AUTH failed'*) break ;;
		LOADING*) ;;
		*)
			if [ "$status" -eq 0 ]; then
				printf '%s\n' "$answer"
				return 0
			fi
			# An error of Redis begins with a word in capitals: an answer, too.
			case $answer in [[:upper:]][[:upper:]]*) break ;; esac
			;;
		esac
		[ "$pause" = stop ] && break
		echo "again: $answer" >&2
		sleep "$pause"
	done
	echo "Redis: $answer" >&2
	return 3
}

# push TYPE FILE [JOB]: enqueues a job, prints its id. FILE is what the register says: school,
# requested_by, class, and whatever else the envelope may hold.
push()
{
	job=${3:-$1-$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')}
	# v and id stand first: so the id is found even in an envelope that is too large.
	last=$(jq -c --arg id "$job" --arg type "$1" '{v: 1, id: $id, type: $type} + .' "$2") || return 2
	# The same id pushed twice is one job: after a lost connection it is simply sent again.
	ask -x RPUSH "${prefix}inbox" >/dev/null || return
	last=
	echo "$job"
}

cancel()
{
	ask SET "${prefix}cancel:$1" "$2" EX "$cancel_kept_s" >/dev/null
}

# progress JOB: the job record, one field a line in the order of $record; all lines are empty
# while no worker has read the job yet. An unchanged rev means an unchanged record.
progress()
{
	# $record is a list of words.
	# shellcheck disable=SC2086
	ask HMGET "${prefix}job:$1" $record
}

# learners JOB [KNOWN]: what became of each learner, one JSON object a line; with KNOWN, only
# the rows after that many.
learners()
{
	ask LRANGE "${prefix}job:$1:learners" "${2:-0}" -1
}

is_anybody_there()
{
	there=$(ask EXISTS "${prefix}alive") || return
	[ "$there" -eq 1 ]
}

inbox_length()
{
	ask LLEN "${prefix}inbox"
}

depth()
{
	inbox=$(inbox_length) || return
	counts=$(ask HGETALL "${prefix}counts") || return
	printf '%s\n' "$counts" | paste - - | awk -v "inbox=$inbox" '
		{ n[$1] = $2 }
		END { printf "inbox %d queued %d waiting %d running %d dead %d\n",
			inbox, n["queued"], n["waiting"], n["running"], n["dead"] }'
}

# ---- the command line ----------------------------------------------------------------------

looks_in_vain=10 # without a record, with a worker online and nothing in the inbox

# Reads the record of $1 into variables of its fields' names.
read_record()
{
	lines=$(progress "$1") || return
	for field in $record; do
		IFS= read -r "${field?}"
	done <<-EOF
		$lines
	EOF
	return 0
}

# What is to be said while there is no record.
text_of_silence()
{
	is_anybody_there
	case $? in
	0) text='waiting for a worker' ;;
	1) text='no worker is online' ;;
	*) return 3 ;;
	esac
	waiting=$(inbox_length) || return
	case "$waiting $text" in
	'0 waiting'*) looks=$((looks + 1)) ;;
	*) looks=0 ;;
	esac
}

text_of_record()
{
	text="$state ${done:-0}/${total:-0} ${message:-$phase}"
	text=${text% }
}

# The variables are those that read_record fills.
# shellcheck disable=SC2154
watch()
{
	job=$1 known='' shown='' looks=0
	while :; do
		read_record "$job" || return
		if [ -z "$state" ]; then
			text_of_silence || return
		elif [ "$rev" != "$known" ]; then
			known=$rev
			text_of_record
		fi
		[ "$text" = "$shown" ] || printf '%s\n' "$text"
		shown=$text
		if [ "$looks" -eq "$looks_in_vain" ]; then
			echo "unknown $job"
			return 1
		fi
		case $state in
		joined) # the same was asked for already: watch that one
			job=$joined known=''
			echo "joined $job"
			;;
		done | failed | cancelled)
			tell_end
			return
			;;
		esac
		sleep 0.5
	done
}

tell_end()
{
	printf '%s\n' "ended $state${error_code:+ $error_code}${error:+ $error}"
	echo "added ${added:-0}, already member ${already_member:-0}, failed ${failed:-0}," \
		"unresolved ${unresolved:-0}, removed ${removed:-0}, removal failed ${removal_failed:-0}"
	[ -z "$web_url" ] || echo "team $web_url"
	[ "$state" = 'done' ]
}

usage()
{
	echo "usage: create|sync FILE [JOB], watch|learners JOB, cancel JOB [WHO], alive, depth" >&2
	exit 2
}

command=${1-}
case $command in
create | sync | watch | learners | cancel) [ $# -ge 2 ] || usage ;;
esac
case $command in
create) id=$(push create-team "$2" "${3-}") && echo "job $id" ;;
sync) id=$(push sync-learners "$2" "${3-}") && echo "job $id" ;;
watch) watch "$2" ;;
learners)
	rows=$(learners "$2") || exit
	printf '%s\n' "$rows" | jq -r '[.learner, .name, .outcome, .reason] | join("\t")'
	;;
cancel) cancel "$2" "${3:-portal}" && echo "cancel asked $2" ;;
alive)
	is_anybody_there
	status=$?
	case $status in
	0) echo "alive yes" ;;
	1) echo "alive no" ;;
	esac
	exit "$status"
	;;
depth) depth ;;
*) usage ;;
esac
