# squeeze - leaves out of a script what is for its readers: comments, line ends, and spaces that
# keep no two words apart. Statements end in semicolons. Quotations, templates and patterns stay
# as they are. A function at the top has a line of its own.

function is_word(c)
{
	return c ~ /[A-Za-z0-9_$]/
}

# The last character of the quotation, template or pattern that begins at i.
function end_of(i,    c, in_class, open)
{
	for (open = substr(text, i++, 1); i <= size; i++) {
		c = substr(text, i, 1)
		if (c == "\\")
			i++
		else if (open == "`" && c == "$" && substr(text, i + 1, 1) == "{")
			i = end_of_value(i + 2)
		else if (open == "/" && (c == "[" || c == "]"))
			in_class = c == "["
		else if (c == open && !in_class)
			break
	}
	return i
}

# The brace that closes a value within a template.
function end_of_value(i,    c)
{
	for (; i <= size && (c = substr(text, i, 1)) != "}"; i++)
		if (c == "{")
			i = end_of_value(i + 1)
		else if (c == "\"" || c == "'" || c == "`")
			i = end_of(i)
	return i
}

function begins_quotation(c)
{
	if (c == "/")
		return last == "" || index("(,=:[!&|?{};+-*<>~^%", last) || tail == "return"
	return c == "\"" || c == "'" || c == "`"
}

function put(words,    first)
{
	first = substr(words, 1, 1)
	if (at_end && !index(";,).", first))
		printf "\n"
	else if (was_space && ((is_word(last) && is_word(first)) || (last == first && index("+-", first))))
		printf " "
	printf "%s", words
	at_end = was_space = 0
	last = substr(words, length(words), 1)
	tail = substr(tail words, length(tail words) - 5)
}

function put_sign(c)
{
	depth += (index("{([", c) > 0) - (index("})]", c) > 0)
	put(c)
	at_end = depth == 0 && (c == "}" || c == ";")
}

{ text = text $0 "\n" }

END {
	size = length(text)
	for (i = 1; i <= size; i++) {
		c = substr(text, i, 1)
		two = substr(text, i, 2)
		if (two == "//") {
			i += index(substr(text, i), "\n") - 2
		} else if (two == "/*") {
			i += index(substr(text, i), "*/")
		} else if (c == " " || c == "\t" || c == "\n") {
			was_space = 1
		} else if (begins_quotation(c)) {
			end = end_of(i)
			put(substr(text, i, end - i + 1))
			i = end
		} else {
			put_sign(c)
		}
	}
	print ""
}
