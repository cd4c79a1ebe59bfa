/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"

#define LINE_BYTES 4096 /* PIPE_BUF: one write is one whole line even with several writers */

static const char *const level_names[LOG__COUNT] = {"debug", "info", "warn", "error"};
static const char *const event_names[EV__COUNT] = {
#define EV(name, text) [name] = text,
#include "core/events.def"
#undef EV
};
/* Set once by log_open before any thread starts, then only read. */
static struct {
	char program[32];
	enum log_level level;
} settings = {"forge", LOG_INFO};

void
log_open(const char *program)
{
	const char *want = getenv("FORGE_LOG");

	(void)snprintf(settings.program, sizeof settings.program, "%s", program);
	for (unsigned i = 0; want && i < LOG__COUNT; i++)
		if (strcmp(want, level_names[i]) == 0)
			settings.level = (enum log_level)i;
}

struct line {
	char text[LINE_BYTES];
	size_t n;
};

static void
put(struct line *l, char c)
{
	if (l->n < LINE_BYTES - 3) /* room for "}\n" */
		l->text[l->n++] = c;
}

static void
put_raw(struct line *l, const char *s)
{
	while (*s)
		put(l, *s++);
}

static void
put_quoted(struct line *l, const char *s)
{
	char esc[8];

	put(l, '"');
	for (; *s && l->n < LINE_BYTES - 16; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\') {
			put(l, '\\');
			put(l, *s);
		} else if (c < 0x20) {
			(void)snprintf(esc, sizeof esc, "\\u%04x", c);
			put_raw(l, esc);
		} else {
			put(l, *s);
		}
	}
	put(l, '"');
}

static void
put_pair(struct line *l, const char *key, const char *value)
{
	if (l->n > LINE_BYTES - 256) /* a pair is whole or absent */
		return;
	put(l, ',');
	put_quoted(l, key);
	put(l, ':');
	put_quoted(l, value ? value : "");
}

void
log_write_at(enum log_level level, const char *file, int line, enum log_event event,
    const struct err *err, ...)
{
	struct line l = {.n = 0};
	char ts[TIME_TEXT_BYTES], at[160];
	const char *key;
	va_list ap;

	INVARIANT(level < LOG__COUNT);
	INVARIANT(event < EV__COUNT);
	if (level < settings.level)
		return;
	clock_format(clock_wall_ms(), ts);
	if (strncmp(file, "backend/", 8) == 0)
		file += 8;
	(void)snprintf(at, sizeof at, "%s:%d", file, line);
	put_raw(&l, "{\"ts\":");
	put_quoted(&l, ts);
	put_pair(&l, "level", level_names[level]);
	put_pair(&l, "program", settings.program);
	put_pair(&l, "event", event_names[event]);
	put_pair(&l, "at", at);
	va_start(ap, err);
	while ((key = va_arg(ap, const char *)) != NULL)
		put_pair(&l, key, va_arg(ap, const char *));
	va_end(ap);
	if (err) {
		put_pair(&l, "err", err_name(err->code));
		put_pair(&l, "msg", err->msg);
	}
	l.text[l.n++] = '}';
	l.text[l.n++] = '\n';
	if (write(STDERR_FILENO, l.text, l.n) < 0)
		return; /* a log that cannot be written has nowhere to be reported */
}
