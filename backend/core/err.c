/* SPDX-License-Identifier: Apache-2.0 */
#include "core/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int http;
	int retryable;
	const char *meaning;
} table[E__COUNT] = {
#define E(name, http, retryable, meaning) [name] = {#name, http, retryable, meaning},
#include "core/errors.def"
#undef E
};

/* One line: control characters become spaces, so that a message cannot forge a log line. */
static void
flatten(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

int
err_set_at(struct err *err, enum err_code code, int sys_errno, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (!err)
		return -1;
	err->code = code;
	err->sys_errno = sys_errno;
	err->file = file;
	err->line = line;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	if (sys_errno) {
		char text[128];
		n = strlen(err->msg);
		(void)snprintf(err->msg + n, sizeof err->msg - n, ": %s",
		    strerror_r(sys_errno, text, sizeof text));
	}
	flatten(err->msg);
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char old[sizeof err->msg];
	va_list ap;
	size_t n;

	if (!err)
		return -1;
	memcpy(old, err->msg, sizeof old);
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	n = strlen(err->msg);
	(void)snprintf(err->msg + n, sizeof err->msg - n, ": %s", old);
	flatten(err->msg);
	return -1;
}

const char *
err_name(enum err_code code)
{
	INVARIANT(code < E__COUNT);
	return table[code].name;
}

int
err_http(enum err_code code)
{
	INVARIANT(code < E__COUNT);
	return table[code].http;
}

int
err_is_retryable(enum err_code code)
{
	INVARIANT(code < E__COUNT);
	return table[code].retryable;
}

const char *
err_meaning(enum err_code code)
{
	INVARIANT(code < E__COUNT);
	return table[code].meaning;
}

void
invariant_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "%s:%d: invariant failed: %s\n", file, line, cond);
	abort();
}
