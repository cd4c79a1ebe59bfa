/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times as people write them. English month and day names. */
#include <string.h>

#include "types/reading.h"

#define TEXT_BYTES_MAX 64

struct cursor {
	const char *p;
	const char *end;
};
struct part {
	unsigned number; /* a month's, where it was a word */
	unsigned digits; /* how many; 0: a word */
	char behind;     /* the mark behind it, ' ' for blanks and commas, '\0' at the end or before a letter */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* The letters at the cursor, as far as `max`; 0 when there are none or more. */
static size_t
letters(const struct cursor *c, size_t max)
{
	size_t n = 0;

	while (c->p + n < c->end && is_letter(c->p[n]))
		n++;
	return n <= max ? n : 0;
}

/* `word` begins with the n letters at p, at least three of them. */
static bool
abbreviates(const char *p, size_t n, const char *word)
{
	return n >= 3 && n <= strlen(word) && strncasecmp(p, word, n) == 0 && (n == 3 || n == 4 || n == strlen(word));
}

static unsigned
month_of(const char *p, size_t n)
{
	static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august",
	    "september", "october", "november", "december"};

	for (unsigned i = 0; i < 12; i++)
		if (abbreviates(p, n, months[i]))
			return i + 1;
	return 0;
}

static void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && *c->p == ' ')
		c->p++;
}

/* "Tue, " and "Tuesday " say nothing more. */
static void
skip_weekday(struct cursor *c)
{
	static const char *const days[] = {
	    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
	size_t n = letters(c, 9);

	for (unsigned i = 0; n && i < 7; i++)
		if (abbreviates(c->p, n, days[i])) {
			c->p += n;
			if (c->p < c->end && (*c->p == ',' || *c->p == '.'))
				c->p++;
			skip_blanks(c);
			return;
		}
}

/* Digits, "3rd", or a month's name, and the mark behind. */
static bool
take_part(struct cursor *c, struct part *out)
{
	size_t n = letters(c, 9);

	*out = (struct part){0};
	if (n) {
		out->number = month_of(c->p, n);
		c->p += n;
		if (out->number && c->p < c->end && *c->p == '.' && c->p + 1 < c->end && c->p[1] == ' ')
			c->p++;
	} else {
		while (c->p < c->end && is_digit(*c->p) && out->digits < 5) {
			out->number = out->number * 10 + (unsigned)(*c->p++ - '0');
			out->digits++;
		}
		n = letters(c, 2);
		if (n == 2 && out->digits <= 2 &&
		    (strncasecmp(c->p, "st", 2) == 0 || strncasecmp(c->p, "nd", 2) == 0 || strncasecmp(c->p, "rd", 2) == 0 ||
			strncasecmp(c->p, "th", 2) == 0))
			c->p += 2;
	}
	if (out->number == 0 && out->digits != 2) /* a year of two digits may be 00 */
		return false;
	return out->digits <= 4;
}

static bool
take_mark(struct cursor *c, struct part *out)
{
	if (c->p == c->end)
		return false;
	if (*c->p == '/' || *c->p == '-' || (*c->p == '.' && c->p + 1 < c->end && c->p[1] != ' ')) {
		out->behind = *c->p++;
		return true;
	}
	if (*c->p != ' ' && *c->p != ',' && *c->p != '.')
		return false;
	if (*c->p == ',' || *c->p == '.')
		c->p++;
	skip_blanks(c);
	out->behind = ' ';
	return true;
}

/* A year of two digits: is there such a day in this century or the last? */
static bool
exists(const struct part *year, unsigned month, unsigned day)
{
	if (year->digits == 4)
		return date_exists(year->number, month, day);
	return year->digits == 2 &&
	       (date_exists(2000 + year->number, month, day) || date_exists(1900 + year->number, month, day));
}

/* Three numbers: what each order would make of them. */
static unsigned
number_orders(const struct part *a, const struct part *b, const struct part *c, bool *is_short)
{
	unsigned orders = 0;
	bool is_padded = b->digits == 2 && c->digits == 2;

	if (a->behind != b->behind || a->behind == ' ' || b->digits > 2)
		return 0;
	*is_short = a->digits <= 2 && c->digits <= 2;
	if (a->digits == 4 && c->digits <= 2 && exists(a, b->number, c->number))
		return is_padded && a->behind == '-' ? WRITTEN_ISO | WRITTEN_YMD : WRITTEN_YMD;
	if (a->digits == 2 && *is_short && a->behind == '-' && exists(a, b->number, c->number))
		orders |= WRITTEN_YMD;
	if (a->digits <= 2 && exists(c, b->number, a->number))
		orders |= WRITTEN_DMY;
	if (a->digits <= 2 && a->behind != '.' && exists(c, a->number, b->number))
		orders |= WRITTEN_MDY;
	return orders;
}

static unsigned
date_orders_of(const struct part *a, const struct part *b, const struct part *c, bool *is_short)
{
	if (a->digits && b->digits && c->digits)
		return number_orders(a, b, c, is_short);
	if (a->digits == 4 && !b->digits && c->digits && c->digits <= 2 && exists(a, b->number, c->number))
		return WRITTEN_YMON;
	*is_short = c->digits == 2;
	if (a->digits && a->digits <= 2 && !b->digits && exists(c, b->number, a->number))
		return WRITTEN_DMON;
	if (!a->digits && b->digits && b->digits <= 2 && exists(c, a->number, b->number))
		return WRITTEN_MOND;
	return 0;
}

/* Two digits up to a limit. */
static bool
take_two(struct cursor *c, unsigned least_digits, unsigned max, unsigned *out)
{
	unsigned n = 0, v = 0;

	while (n < 2 && c->p < c->end && is_digit(*c->p)) {
		v = v * 10 + (unsigned)(*c->p++ - '0');
		n++;
	}
	*out = v;
	return n >= least_digits && n > 0 && v <= max;
}

static bool
take_half(struct cursor *c)
{
	struct cursor at = *c;
	size_t n;

	skip_blanks(&at);
	if (at.end - at.p >= 4 && (at.p[0] | 32) == 'a' && at.p[1] == '.' && (at.p[2] | 32) == 'm' && at.p[3] == '.')
		n = 4;
	else if (at.end - at.p >= 4 && (at.p[0] | 32) == 'p' && at.p[1] == '.' && (at.p[2] | 32) == 'm' && at.p[3] == '.')
		n = 4;
	else if (letters(&at, 2) == 2 && (strncasecmp(at.p, "am", 2) == 0 || strncasecmp(at.p, "pm", 2) == 0))
		n = 2;
	else
		return false;
	c->p = at.p + n;
	return true;
}

/* Z, +01:00, +0100, +01, UTC, EST; or nothing. All that is left must be it. */
static bool
take_zone(struct cursor *c, struct date_text *out)
{
	unsigned hours, minutes = 0;
	size_t n;

	skip_blanks(c);
	if (c->p == c->end)
		return true;
	n = letters(c, 5);
	if (n) {
		bool is_fixed = (n == 1 && (*c->p | 32) == 'z') ||
				(n == 3 && (strncasecmp(c->p, "utc", 3) == 0 || strncasecmp(c->p, "gmt", 3) == 0));
		for (size_t i = 0; i < n && !is_fixed; i++)
			if (c->p[i] < 'A' || c->p[i] > 'Z' || n < 3)
				return false;
		out->is_named_zone = !is_fixed;
		c->p += n;
		return c->p == c->end;
	}
	if (*c->p != '+' && *c->p != '-')
		return false;
	c->p++;
	if (!take_two(c, 2, 14, &hours))
		return false;
	if (c->p < c->end && *c->p == ':')
		c->p++;
	return (c->p == c->end || take_two(c, 2, 59, &minutes)) && c->p == c->end;
}

static bool
take_time(struct cursor *c, struct date_text *out)
{
	unsigned hour, minute = 0, second = 0;
	bool has_minute;

	if (!take_two(c, 1, 24, &hour))
		return false;
	has_minute = c->p < c->end && *c->p == ':';
	if (has_minute) {
		c->p++;
		if (!take_two(c, 2, 59, &minute))
			return false;
		if (c->p < c->end && *c->p == ':') {
			c->p++;
			if (!take_two(c, 2, 60, &second))
				return false;
			if (c->p + 1 < c->end && (*c->p == '.' || *c->p == ',') && is_digit(c->p[1]))
				for (c->p++; c->p < c->end && is_digit(*c->p); c->p++)
					;
		}
	}
	out->has_time = true;
	out->is_half_day = take_half(c);
	if (out->is_half_day ? hour < 1 || hour > 12 : !has_minute || hour > 23)
		return false;
	return take_zone(c, out);
}

bool
date_text_read(const char *p, size_t n, struct date_text *out)
{
	struct cursor c = {p, p + n};
	struct part parts[3];

	*out = (struct date_text){0};
	if (n < 6 || n > TEXT_BYTES_MAX)
		return false;
	while (c.end > c.p && c.end[-1] == ' ')
		c.end--;
	skip_blanks(&c);
	skip_weekday(&c);
	for (unsigned i = 0; i < 3; i++)
		if (!take_part(&c, &parts[i]) || (i < 2 && !take_mark(&c, &parts[i])))
			return false;
	out->orders = date_orders_of(&parts[0], &parts[1], &parts[2], &out->is_short_year);
	if (!out->orders)
		return false;
	if (c.p == c.end)
		return true;
	if (*c.p == ',')
		c.p++;
	else if (*c.p != ' ' && *c.p != 'T')
		return false;
	if (c.p < c.end && *c.p == 'T')
		c.p++;
	skip_blanks(&c);
	if (c.end - c.p > 3 && strncasecmp(c.p, "at ", 3) == 0)
		c.p += 3;
	return c.p < c.end && take_time(&c, out);
}
