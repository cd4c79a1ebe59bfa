/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <stdio.h>
#include <time.h>

#include "core/err.h"

int64_t
clock_mono_us(void)
{
	struct timespec t;

	INVARIANT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	struct timespec t;

	INVARIANT(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_format(int64_t wall_ms, char out[TIME_TEXT_BYTES])
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[64];

	INVARIANT(wall_ms >= 0);
	INVARIANT(gmtime_r(&s, &tm) != NULL);
	INVARIANT(tm.tm_year < 8100);
	(void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(wall_ms % 1000));
	(void)snprintf(out, TIME_TEXT_BYTES, "%.24s", text);
}
