#!/bin/sh
# Makes people's pages part of the program.
#
# usage: pages.sh FOLDER OUT
#
# For each screen and language the texts and scripts of FOLDER become one script, laid one
# behind the other, so a name is given once in all of them; what scripts and styles have for
# readers only (indentation, comments on lines of their own) is left out. A file's name in the
# browser carries the hash of its content. Pages get their texts and the names of their files
# where they say {{text}} and {{file name}}; console.html becomes a page for each section of the
# console. openapi.json, beside FOLDER, goes along.
# OUT/pages holds what the browser gets, OUT/page_data.h the same for the compiler.
set -eu
from=$1
out=$2
languages='en af'
shared='words dom api dialog trouble start'
screens='teams settings ops'
sections='groups group act settings roster names report drift matches history year'
pages='sign_in missing trouble'
rm -rf "$out/pages" "$out/squeezed"
mkdir -p "$out/pages"
cd "$from"

hash()
{
	sha256sum "$1" | cut -c1-12
}

squeeze()
{
	sed -e '/^\/\*.*\*\/$/d' -e '/^\/\*/,/\*\/$/d' -e 's/^[[:blank:]]*//' -e '/^$/d' "$@"
}

# "key": {  then  "en": "text",  each on a line of its own: the texts of one language.
texts()
{
	awk -v mark="$(printf '\t\t"%s": ' "$1")" '
		/^\t"/ { key = $0; sub(/^\t/, "", key); sub(/ [{]$/, "", key) }
		index($0, mark) == 1 { sub(/( [}])?,?$/, ""); print key substr($0, length(mark) + 1) "," }
	' texts.json
}

# squeezed NAME: what the browser needs of that script.
squeezed()
{
	sed -e '/^import /d' -e 's/^export //' "$1.js" | awk -f squeeze.awk
}

# Of the texts on standard input those that the script names: "key", or "beginning." + … for
# all that begin so; one that there is for one and for many by the key before its last dot.
named()
{
	awk '
		NR == FNR { script = script $0; next }
		{
			key = substr($0, 2, index($0, "\":") - 2)
			base = key
			sub(/[.](one|other)$/, "", base)
			beginning = key
			sub(/[.:].*/, "", beginning)
			sign = substr(key, length(beginning) + 1, 1)
			beginning = "\"" beginning sign "\""
			if (index(script, "\"" base "\"") || index(script, beginning "+") || index(script, beginning " +"))
				print
		}' "$1" -
}

# What jobs say that only the console watches: a teacher's list shows Teams being created and
# learners being synced.
of_console='^"said:(Archiving|Counting|Deleting|Looking whether the class|Microsoft is rest|Planning'
of_console="$of_console|Reading the (school|tenant)|Renaming|Restoring|Stopping|Storing|Syncing|Taking|Writing)"

# What jobs say that are about a whole school: who acts on one group watches none of them.
of_school='^"said:(Counting|Planning|Reading the (school|tenant)|Stopping|Storing|Syncing|Writing)'

bundle()
{
	language=$1
	shift
	case " $* " in
	*' console_act '*) left_out=$of_school ;;
	*' console '*) left_out='^$' ;;
	*) left_out=$of_console ;;
	esac
	for script in "$@"; do
		cat "$out/squeezed/$script"
	done > "$out/script"
	echo 'const texts = {'
	texts "$language" | named "$out/script" | grep -Ev "$left_out"
	echo '};'
	cat "$out/script"
}

# The scripts that a screen has beside the shared ones.
scripts_of()
{
	case $1 in
	teams) echo standing outcome follow rules watched learners summary sync create teams ;;
	console_groups) echo follow menu form kinds sheet console console_menu console_notes console_groups ;;
	console_group) echo standing menu form kinds sheet console console_menu console_notes events exceptions console_group ;;
	console_act) echo standing outcome people follow form console console_job console_act ;;
	console_report) echo standing outcome people follow sheet console console_notes console_report ;;
	console_settings) echo form kinds radio sheet console console_notes console_settings ;;
	console_history) echo form sheet console events console_history ;;
	console_names) echo form kinds sheet console console_names ;;
	console_drift) echo form radio sheet console exceptions console_drift ;;
	console_year) echo follow form kinds sheet console console_year ;;
	console_*) echo form sheet console "$1" ;;
	*) echo "$1" ;;
	esac
}

# screen NAME LANGUAGE TEMPLATE: its script and its page.
screen()
{
	# Both are lists.
	# shellcheck disable=SC2046,SC2086
	bundle "$2" $shared $(scripts_of "$1") > "$out/pages/$1"
	{
		printf 'page script\t/assets/%s\n' "$(keep "$out/pages/$1" "$1.$2" js)"
		sed -n "s/^title\\.$1	/page title	/p" "$out/words"
		cat "$out/words"
	} > "$out/screen_words"
	fill "$out/screen_words" "$3" > "$out/pages/$1.$2.html"
}

# What {{…}} stands for in every page of a language: a line each, name and text.
words()
{
	printf 'lang\t%s\nfile style.css\t/assets/%s\nfile console.css\t/assets/%s\n' "$1" "$style" "$console"
	printf 'file teams.css\t/assets/%s\nfile icon.svg\t/assets/%s\n' "$teams" "$icon"
	texts "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/^"\([^"]*\)":"\(.*\)",$/\1	\2/'
}

fill()
{
	awk -F '\t' '
		NR == FNR { text[$1] = $2; next }
		{
			while ((at = index($0, "{{")) > 0) {
				end = index($0, "}}")
				name = substr($0, at + 2, end - at - 2)
				if (!(name in text)) {
					print FILENAME ": there is no text \"" name "\"" > "/dev/stderr"
					exit 1
				}
				$0 = substr($0, 1, at - 1) text[name] substr($0, end + 2)
			}
			print
		}' "$1" "$2"
}

keep()
{
	name=$2.$(hash "$1").$3
	mv "$1" "$out/pages/$name"
	echo "$name"
}

sheet()
{
	squeeze "$1.css" | sed -e 's/ { */{/g' -e 's/: /:/g' -e 's/\([;,]\) /\1/g' -e 's/ > />/g' -e 's/;* *}$/}/' > "$out/pages/$1"
	keep "$out/pages/$1" "$1" css
}

style=$(sheet style)
console=$(sheet console)
teams=$(sheet teams)
cp icon.svg "$out/pages/icon"
icon=$(keep "$out/pages/icon" icon svg)
mkdir "$out/squeezed"
for script in *.js; do
	squeezed "${script%.js}" > "$out/squeezed/${script%.js}"
done
for language in $languages; do
	words "$language" > "$out/words"
	for screen in $screens; do
		screen "$screen" "$language" "$screen.html"
	done
	for section in $sections; do
		screen "console_$section" "$language" console.html
	done
	for page in $pages; do
		fill "$out/words" "$page.html" > "$out/pages/$page.$language.html"
	done
done
rm -r "$out/words" "$out/screen_words" "$out/script" "$out/squeezed"
squeeze ../openapi.json > "$out/pages/openapi.json"

# ---- for the compiler ----------------------------------------------------------------------

bytes()
{
	echo "static const unsigned char $1[] = {"
	od -An -v -tx1 | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '};'
}

type_of()
{
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.svg) echo 'image/svg+xml' ;;
	*.json) echo 'application/json' ;;
	esac
}

cd "$out/pages"
number=0
: > ../page_data.rows
: > ../page_data.new
for file in *; do
	bytes "plain_$number" < "$file" >> ../page_data.new
	gzip -9nc "$file" | bytes "packed_$number" >> ../page_data.new
	echo "{\"$file\", \"$(type_of "$file")\", \"$(hash "$file")\", plain_$number," \
		"sizeof plain_$number, packed_$number, sizeof packed_$number}," >> ../page_data.rows
	number=$((number + 1))
done
{
	cat ../page_data.new
	echo 'static const struct page_file files[] = {'
	cat ../page_data.rows
	echo '};'
} > ../page_data.h
rm ../page_data.rows ../page_data.new
