/* SPDX-License-Identifier: Apache-2.0 */
#include "types/measure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/err.h"
#include "types/profiler.h"
#include "types/tally.h"

void
measure_fault(struct profiler *p, unsigned long long line, unsigned long long column,
    unsigned long long offset, const char *fmt, ...)
{
	struct fault *f = &p->out->fault;
	va_list ap;

	p->out->parse_ok = false;
	*f = (struct fault){
	    .row = line, .line = line, .column = column, .offset = offset, .has_offset = true};
	va_start(ap, fmt);
	(void)vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
	text_clean(f->message);
}

int
measure_read(struct profiler *p, char *to, unsigned long n, unsigned long long offset,
    unsigned long *got, struct err *err)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = pread(p->fd, to + *got, n - *got, (off_t)(offset + *got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(err, E_IO, "cannot read the file");
		if (r == 0)
			break;
		*got += (unsigned long)r;
	}
	return 0;
}
