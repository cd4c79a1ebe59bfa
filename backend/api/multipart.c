/* SPDX-License-Identifier: Apache-2.0 */
#include "api/multipart.h"

#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/utf8.h"

#define WINDOW_BYTES (64u << 10) /* larger than a delimiter (74) and a part's head (8 KiB) */
#define BOUNDARY_BYTES_MAX 70    /* RFC 2046, 5.1.1 */

enum place { BEFORE_FIRST, IN_PART, AT_DELIMITER, AFTER_LAST };

struct multipart {
	struct arena *a;
	multipart_read_fn read;
	void *arg;
	char delimiter[BOUNDARY_BYTES_MAX + 5]; /* CR LF - - boundary */
	size_t delimiter_bytes;
	enum place place;
	unsigned number;
	const char *label; /* of the present part, for messages */
	bool is_eof;
	size_t at, end; /* what is unread: window[at .. end) */
	char window[WINDOW_BYTES];
};

static bool
is_boundary_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("'()+_,-./:=? ", c) != NULL);
}

/* Skip one ";name=value" parameter; value may be quoted. Returns what follows it. */
static const char *
parameter(const char *s, const char **name, size_t *name_bytes, const char **value,
    size_t *value_bytes)
{
	while (*s == ' ' || *s == '\t' || *s == ';')
		s++;
	*name = s;
	while (*s && *s != '=' && *s != ';')
		s++;
	*name_bytes = (size_t)(s - *name);
	*value = s;
	*value_bytes = 0;
	if (*s != '=')
		return s;
	s++;
	if (*s == '"') {
		*value = ++s;
		while (*s && *s != '"')
			s += s[0] == '\\' && s[1] ? 2 : 1;
		*value_bytes = (size_t)(s - *value);
		return *s ? s + 1 : s;
	}
	*value = s;
	while (*s && *s != ';' && *s != ' ' && *s != '\t')
		s++;
	*value_bytes = (size_t)(s - *value);
	return s;
}

static bool
name_is(const char *name, size_t n, const char *want)
{
	return n == strlen(want) && strncasecmp(name, want, n) == 0;
}

int
multipart_boundary(struct arena *a, const char *content_type, const char **out, struct err *err)
{
	static const char type[] = "multipart/form-data";
	const char *s = content_type ? content_type : "", *name, *value;
	size_t name_bytes, value_bytes;

	if (strncasecmp(s, type, sizeof type - 1) != 0 ||
	    (s[sizeof type - 1] != '\0' && !strchr("; \t", s[sizeof type - 1])))
		return err_set(err, E_MEDIA_TYPE, "send a form: Content-Type: multipart/form-data");
	s += sizeof type - 1;
	while (*s) {
		const char *from = s;
		s = parameter(s, &name, &name_bytes, &value, &value_bytes);
		if (s == from)
			break;
		if (!name_is(name, name_bytes, "boundary"))
			continue;
		if (value_bytes == 0 || value_bytes > BOUNDARY_BYTES_MAX)
			return err_set(err, E_USAGE,
			    "the form's boundary must have 1 to 70 characters");
		for (size_t i = 0; i < value_bytes; i++)
			if (!is_boundary_char(value[i]))
				return err_set(err, E_USAGE,
				    "the form's boundary has a character that RFC 2046 forbids");
		if (value[value_bytes - 1] == ' ')
			return err_set(err, E_USAGE, "the form's boundary ends with a space");
		*out = arena_dup(a, value, value_bytes);
		return 0;
	}
	return err_set(err, E_USAGE, "the Content-Type of the form names no boundary");
}

struct multipart *
multipart_new(struct arena *a, const char *boundary, multipart_read_fn read, void *arg)
{
	struct multipart *m = ARENA_NEW(a, struct multipart);
	size_t n = strlen(boundary);

	INVARIANT(n >= 1);
	INVARIANT(n <= BOUNDARY_BYTES_MAX);
	m->a = a;
	m->read = read;
	m->arg = arg;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary, n);
	m->delimiter_bytes = n + 4;
	m->place = BEFORE_FIRST;
	m->label = "before its first part";
	return m;
}

/* Read more of the body behind what is unread. 1: more bytes, 0: at the end or no room, -1: error. */
static int
fill(struct multipart *m, struct err *err)
{
	ssize_t n;

	if (m->at > 0) {
		memmove(m->window, m->window + m->at, m->end - m->at);
		m->end -= m->at;
		m->at = 0;
	}
	if (m->is_eof || m->end == sizeof m->window)
		return 0;
	n = m->read(m->arg, m->window + m->end, sizeof m->window - m->end, err);
	if (n < 0)
		return -1;
	INVARIANT((size_t)n <= sizeof m->window - m->end);
	m->end += (size_t)n;
	m->is_eof = n == 0;
	return n > 0;
}

/* At least want bytes unread. 0, or -1: the body ended, or read failed. */
static int
need(struct multipart *m, size_t want, struct err *err)
{
	INVARIANT(want <= sizeof m->window);
	while (m->end - m->at < want) {
		int more = fill(m, err);
		if (more < 0)
			return -1;
		if (more == 0)
			return err_set(err, E_USAGE,
			    "the form's body is broken: it ends %s, without its closing boundary",
			    m->label);
	}
	return 0;
}

/* The delimiter itself is consumed: what follows says whether another part comes. */
static int
after_delimiter(struct multipart *m, struct err *err)
{
	if (need(m, 2, err) < 0)
		return -1;
	if (memcmp(m->window + m->at, "--", 2) == 0) {
		m->at += 2;
		m->place = AFTER_LAST;
		return 0;
	}
	/* RFC 2046 allows white space between the boundary and the line's end. */
	while (m->window[m->at] == ' ' || m->window[m->at] == '\t') {
		m->at++;
		if (need(m, 2, err) < 0)
			return -1;
	}
	if (memcmp(m->window + m->at, "\r\n", 2) != 0)
		return err_set(err, E_USAGE,
		    "the form's body is broken: a boundary is not followed by a line end (%s)",
		    m->label);
	m->at += 2;
	return 1;
}

static int
first_delimiter(struct multipart *m, struct err *err)
{
	size_t n = m->delimiter_bytes - 2;

	if (need(m, n, err) < 0)
		return -1;
	if (memcmp(m->window + m->at, m->delimiter + 2, n) != 0)
		return err_set(err, E_USAGE,
		    "the form's body is broken: it does not begin with its boundary");
	m->at += n;
	return after_delimiter(m, err);
}

ssize_t
multipart_read(struct multipart *m, void *p, size_t n, struct err *err)
{
	const char *found;
	size_t have, safe;

	INVARIANT(n >= 1);
	if (m->place != IN_PART)
		return 0;
	if (need(m, m->delimiter_bytes, err) < 0)
		return -1;
	have = m->end - m->at;
	found = memmem(m->window + m->at, have, m->delimiter, m->delimiter_bytes);
	/* Without a delimiter its beginning may still be at the end of the window. */
	safe = found ? (size_t)(found - (m->window + m->at)) : have - (m->delimiter_bytes - 1);
	if (found && safe == 0) {
		m->at += m->delimiter_bytes;
		m->place = AT_DELIMITER;
		return 0;
	}
	if (safe > n)
		safe = n;
	memcpy(p, m->window + m->at, safe);
	m->at += safe;
	return (ssize_t)safe;
}

/* Undo what browsers (%22 %0D %0A) and curl (\" \\) do to quotes in a parameter. */
static const char *
unquote(struct arena *a, const char *p, size_t n, size_t *out_bytes)
{
	char *to = arena_alloc(a, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 1 < n && (p[i + 1] == '"' || p[i + 1] == '\\'))
			to[len++] = p[++i];
		else if (i + 2 < n && memcmp(p + i, "%22", 3) == 0)
			to[len++] = '"', i += 2;
		else if (i + 2 < n && strncasecmp(p + i, "%0d", 3) == 0)
			to[len++] = '\r', i += 2;
		else if (i + 2 < n && strncasecmp(p + i, "%0a", 3) == 0)
			to[len++] = '\n', i += 2;
		else
			to[len++] = p[i];
	}
	*out_bytes = len;
	return to;
}

/* One "Content-Disposition: form-data; name=…; filename=…" line, NUL-terminated. */
static int
disposition(struct multipart *m, const char *s, struct multipart_part *out, struct err *err)
{
	static const char form[] = "form-data";
	const char *name, *value;
	size_t name_bytes, value_bytes, n;

	while (*s == ' ' || *s == '\t')
		s++;
	if (strncasecmp(s, form, sizeof form - 1) != 0)
		return err_set(err, E_USAGE, "part %u of the form is not form-data", m->number);
	s += sizeof form - 1;
	while (*s) {
		const char *from = s;
		s = parameter(s, &name, &name_bytes, &value, &value_bytes);
		if (s == from)
			break;
		if (name_is(name, name_bytes, "name")) {
			out->name = unquote(m->a, value, value_bytes, &n);
		} else if (name_is(name, name_bytes, "filename")) {
			out->filename = unquote(m->a, value, value_bytes, &n);
			out->filename_bytes = n;
		}
	}
	return 0;
}

static int
head_line(struct multipart *m, const char *p, size_t n, struct multipart_part *out,
    struct err *err)
{
	static const char want[] = "content-disposition:";
	char *line;

	if (memchr(p, '\0', n) || utf8_check(p, n) < n)
		return err_set(err, E_USAGE, "a header line of part %u of the form is not text",
		    m->number);
	line = arena_dup(m->a, p, n);
	if (strncasecmp(line, want, sizeof want - 1) != 0)
		return 0;
	return disposition(m, line + sizeof want - 1, out, err);
}

static int
part_head(struct multipart *m, struct multipart_part *out, struct err *err)
{
	size_t total = 0;

	for (;;) {
		const char *eol;
		size_t len;
		while (!(eol = memmem(m->window + m->at, m->end - m->at, "\r\n", 2))) {
			if (m->end - m->at > MULTIPART_HEAD_BYTES_MAX)
				break;
			if (need(m, m->end - m->at + 1, err) < 0)
				return -1;
		}
		len = eol ? (size_t)(eol - (m->window + m->at)) : MULTIPART_HEAD_BYTES_MAX + 1;
		total += len + 2;
		if (total > MULTIPART_HEAD_BYTES_MAX)
			return err_set(err, E_USAGE,
			    "the header lines of part %u of the form are longer than 8 KiB", m->number);
		if (len == 0) {
			m->at += 2;
			return 0;
		}
		if (head_line(m, m->window + m->at, len, out, err) < 0)
			return -1;
		m->at += len + 2;
	}
}

/* What is left of the present part goes by unread. */
static int
skip_part(struct multipart *m, struct err *err)
{
	char sink[4096];
	ssize_t n;

	do {
		n = multipart_read(m, sink, sizeof sink, err);
	} while (n > 0);
	return n < 0 ? -1 : 0;
}

int
multipart_next(struct multipart *m, struct multipart_part *out, struct err *err)
{
	struct multipart_part part = {0};
	int more;

	if (m->place == AFTER_LAST)
		return 0;
	if (m->place == IN_PART && skip_part(m, err) < 0)
		return -1;
	more = m->place == BEFORE_FIRST ? first_delimiter(m, err) : after_delimiter(m, err);
	if (more <= 0)
		return more;
	if (++m->number > MULTIPART_PARTS_MAX)
		return err_set(err, E_LIMIT, "the form has more than %d parts; send the files in "
		    "several requests", MULTIPART_PARTS_MAX);
	m->label = arena_printf(m->a, "in the head of part %u", m->number);
	if (part_head(m, &part, err) < 0)
		return -1;
	if (!part.name)
		return err_set(err, E_USAGE,
		    "part %u of the form has no Content-Disposition with a name", m->number);
	m->label = part.filename ? arena_printf(m->a, "inside part %u (file '%.80s')", m->number,
	    part.filename) : arena_printf(m->a, "inside part %u", m->number);
	/* An empty part's delimiter follows its head at once: the head's last CR LF begins it. */
	m->at -= 2;
	m->place = IN_PART;
	part.number = m->number;
	if (need(m, m->delimiter_bytes, err) < 0)
		return -1;
	if (memcmp(m->window + m->at, m->delimiter, m->delimiter_bytes) == 0) {
		m->at += m->delimiter_bytes;
		m->place = AT_DELIMITER;
	} else {
		m->at += 2;
	}
	*out = part;
	return 1;
}
