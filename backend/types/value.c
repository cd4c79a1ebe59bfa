/* SPDX-License-Identifier: Apache-2.0 */
#include "types/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "core/utf8.h"

#define ID_BYTES_MAX 256
#define INTEGER_DIGITS_MAX 18
#define NUMBER_BYTES_MAX 64
#define MONEY_FRACTION_MAX 4
#define EXPONENT_DIGITS_MAX 4
#define REASON_BYTES 256

static const char *const names[COL__COUNT] = {
    [COL_ID] = "id",
    [COL_TEXT] = "text",
    [COL_INTEGER] = "integer",
    [COL_DECIMAL] = "decimal",
    [COL_MONEY] = "money",
    [COL_DATE] = "date",
    [COL_TIMESTAMP] = "timestamp",
    [COL_BOOLEAN] = "boolean",
    [COL_ENUM] = "enum",
    [COL_JSON] = "json",
    [COL_EMPTY] = "empty",
};

const char *
coltype_name(enum coltype type)
{
	INVARIANT(type < COL__COUNT);
	return names[type];
}

bool
coltype_find(const char *name, enum coltype *out)
{
	for (int i = 0; i < COL__COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum coltype)i;
			return true;
		}
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
digits_at(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_digit(p[i]))
		i++;
	return i;
}

/* Bits for integer, decimal and money; the text must be all of the number. */
static unsigned
number_types(const char *p, size_t n)
{
	size_t i = 0, whole, fraction = 0;
	bool has_plus = n > 0 && p[0] == '+', has_point, has_exponent = false;

	if (n == 0 || n > NUMBER_BYTES_MAX)
		return 0;
	if (p[0] == '-' || p[0] == '+')
		i = 1;
	whole = digits_at(p + i, n - i);
	if (whole > 1 && p[i] == '0')
		return 0;
	i += whole;
	has_point = i < n && p[i] == '.';
	if (has_point) {
		fraction = digits_at(p + i + 1, n - i - 1);
		if (fraction == 0)
			return 0;
		i += 1 + fraction;
	}
	if (whole + fraction == 0)
		return 0;
	if (i < n && (p[i] == 'e' || p[i] == 'E')) {
		size_t exponent;
		has_exponent = true;
		i++;
		if (i < n && (p[i] == '-' || p[i] == '+'))
			i++;
		exponent = digits_at(p + i, n - i);
		if (exponent == 0 || exponent > EXPONENT_DIGITS_MAX)
			return 0;
		i += exponent;
	}
	if (i != n)
		return 0;
	if (has_exponent || fraction > MONEY_FRACTION_MAX)
		return COL_BIT(COL_DECIMAL);
	if (has_point || has_plus || whole > INTEGER_DIGITS_MAX)
		return COL_BIT(COL_DECIMAL) | COL_BIT(COL_MONEY);
	return COL_BIT(COL_DECIMAL) | COL_BIT(COL_MONEY) | COL_BIT(COL_INTEGER);
}

static unsigned
two(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

bool
date_exists(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned)(month == 2 && is_leap);
}

static bool
is_iso_date(const char *p)
{
	if (digits_at(p, 4) != 4 || p[4] != '-' || digits_at(p + 5, 2) != 2 || p[7] != '-' ||
	    digits_at(p + 8, 2) != 2)
		return false;
	return date_exists(two(p) * 100 + two(p + 2), two(p + 5), two(p + 8));
}

/* "", "Z" or ±hh:mm */
static bool
is_zone(const char *p, size_t n)
{
	if (n == 0)
		return true;
	if (n == 1)
		return p[0] == 'Z' || p[0] == 'z';
	return n == 6 && (p[0] == '+' || p[0] == '-') && digits_at(p + 1, 2) == 2 && p[3] == ':' &&
	       digits_at(p + 4, 2) == 2 && two(p + 1) <= 23 && two(p + 4) <= 59;
}

/* p: n >= 16 bytes that begin with an ISO date. */
static bool
is_timestamp(const char *p, size_t n)
{
	size_t i = 16, fraction;

	if ((p[10] != 'T' && p[10] != ' ') || digits_at(p + 11, 2) != 2 || p[13] != ':' ||
	    digits_at(p + 14, 2) != 2 || two(p + 11) > 23 || two(p + 14) > 59)
		return false;
	if (n >= 19 && p[16] == ':') {
		if (digits_at(p + 17, 2) != 2 || two(p + 17) > 59)
			return false;
		i = 19;
		if (i < n && p[i] == '.') {
			fraction = digits_at(p + i + 1, n - i - 1);
			if (fraction == 0 || fraction > 9)
				return false;
			i += 1 + fraction;
		}
	}
	return is_zone(p + i, n - i);
}

static bool
is_word(const char *p, size_t n, const char *lower)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] | 32) != lower[i])
			return false;
	return true;
}

static bool
is_boolean(const char *p, size_t n)
{
	switch (n) {
	case 1: return p[0] == '1' || p[0] == '0';
	case 2: return is_word(p, n, "no");
	case 3: return is_word(p, n, "yes");
	case 4: return is_word(p, n, "true");
	case 5: return is_word(p, n, "false");
	default: return false;
	}
}

/* Text may hold tabs and line ends; an id no control character at all. */
static unsigned
plain_types(const char *p, size_t n)
{
	bool has_control = false, has_break = false;
	unsigned bits = COL_BIT(COL_TEXT);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c < 0x20 || c == 0x7f) {
			if (c == '\t' || c == '\n' || c == '\r')
				has_break = true;
			else
				has_control = true;
		}
	}
	if (has_control)
		return 0;
	if (!has_break && n > 0 && n <= ID_BYTES_MAX && p[0] != ' ' && p[n - 1] != ' ')
		bits |= COL_BIT(COL_ID);
	return bits;
}

static unsigned
text_types(const char *p, size_t n)
{
	unsigned bits = plain_types(p, n);
	char c = n ? p[0] : '\0';

	if (is_digit(c) || c == '-' || c == '+' || c == '.')
		bits |= number_types(p, n);
	if (is_digit(c) && n >= 10 && is_iso_date(p)) {
		if (n == 10)
			bits |= COL_BIT(COL_DATE);
		else if (n >= 16 && is_timestamp(p, n))
			bits |= COL_BIT(COL_TIMESTAMP);
	}
	if (n <= 5 && is_boolean(p, n))
		bits |= COL_BIT(COL_BOOLEAN);
	return bits;
}

unsigned
value_types(enum cell_type cell, const char *p, size_t n)
{
	unsigned bits;

	switch (cell) {
	case CELL_MISSING:
	case CELL_NULL: return 0;
	case CELL_TEXT: return text_types(p, n);
	case CELL_NUMBER:
		bits = number_types(p, n);
		return bits & COL_BIT(COL_INTEGER) ? bits | COL_BIT(COL_ID) : bits;
	case CELL_BOOL: return COL_BIT(COL_BOOLEAN);
	case CELL_JSON: return COL_BIT(COL_JSON);
	case CELL__COUNT: break;
	}
	NEVER("cell types are closed");
}

/* One or two digits at *p, moved behind them; 0 when there is none. */
static unsigned
short_number(const char **p, const char *end)
{
	size_t n = digits_at(*p, (size_t)(end - *p));
	unsigned v;

	if (n < 1 || n > 2)
		return 0;
	v = n == 2 ? two(*p) : (unsigned)(**p - '0');
	*p += n;
	return v;
}

static unsigned
year_first(const char *p, const char *end)
{
	unsigned year = two(p) * 100 + two(p + 2), month, day;
	char sep = p[4];

	p += 5;
	month = short_number(&p, end);
	if (p == end || *p != sep)
		return 0;
	p++;
	day = short_number(&p, end);
	return p == end && date_exists(year, month, day) ? DATE_YMD : 0;
}

static unsigned
year_last(const char *p, const char *end)
{
	unsigned first = short_number(&p, end), second, year, orders = 0;
	char sep = p < end ? *p : '\0';

	if (sep != '/' && sep != '.' && sep != '-')
		return 0;
	p++;
	second = short_number(&p, end);
	if (end - p != 5 || *p != sep || digits_at(p + 1, 4) != 4)
		return 0;
	year = two(p + 1) * 100 + two(p + 3);
	if (date_exists(year, second, first))
		orders |= DATE_DMY;
	if (sep != '.' && date_exists(year, first, second))
		orders |= DATE_MDY;
	return orders;
}

unsigned
date_orders(const char *p, size_t n)
{
	if (n < 8 || n > 10 || !is_digit(p[0]))
		return 0;
	if (n == 10 && p[4] == '-')
		return is_iso_date(p) ? DATE_ISO : 0;
	if (digits_at(p, 4) == 4 && (p[4] == '/' || p[4] == '.'))
		return year_first(p, p + n);
	return year_last(p, p + n);
}

/* Two or three bytes of UTF-8 that nobody sees, or that turn the text around them: C1 controls, zero widths, marks of
 * direction. Their code point, or 0. */
static unsigned
unseen_at(const unsigned char *p, size_t len)
{
	unsigned c;

	if (len == 2) {
		c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c ? c : 0;
	}
	if (len != 3)
		return 0;
	c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ? c : 0;
}

void
value_show(const char *p, size_t n, char out[VALUE_SHOW_BYTES])
{
	size_t at = 0, i = 0;
	unsigned shown = 0;

	for (; i < n && shown < VALUE_SHOW_MAX; shown++) {
		unsigned char c = (unsigned char)p[i];
		size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		if (c == '\n' || c == '\r' || c == '\t') {
			out[at++] = '\\';
			out[at++] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
			i++;
		} else if (c < 0x20 || c == 0x7f || len > n - i || utf8_check(p + i, len) != len) {
			at += (size_t)snprintf(out + at, 5, "\\x%02x", c);
			i++;
		} else if (unseen_at((const unsigned char *)p + i, len)) {
			at += (size_t)snprintf(out + at, 7, "\\u%04x", unseen_at((const unsigned char *)p + i, len));
			i += len;
		} else {
			memcpy(out + at, p + i, len);
			at += len;
			i += len;
		}
	}
	if (i < n) {
		memcpy(out + at, "…", sizeof "…" - 1);
		at += sizeof "…" - 1;
	}
	out[at] = '\0';
	INVARIANT(at < VALUE_SHOW_BYTES);
}

static const char *
expected_words(enum coltype type)
{
	switch (type) {
	case COL_ID:
		return "an id: 1 to 256 bytes without control characters or blanks at the ends";
	case COL_TEXT: return "text without control characters";
	case COL_INTEGER: return "a whole number such as 42";
	case COL_DECIMAL: return "a decimal number such as 12.5";
	case COL_MONEY: return "an amount such as 1234.50, with at most 4 digits behind the point";
	case COL_DATE: return "a date as YYYY-MM-DD";
	case COL_TIMESTAMP: return "a timestamp as YYYY-MM-DDThh:mm:ssZ";
	case COL_BOOLEAN: return "true or false (yes, no, 1, 0)";
	case COL_ENUM: return "one of the listed values";
	case COL_JSON: return "a nested JSON value";
	case COL_EMPTY: return "no value";
	case COL__COUNT: break;
	}
	NEVER("column types are closed");
}

static bool
has_byte_of(const char *p, size_t n, const char *set)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] && strchr(set, p[i]))
			return true;
	return false;
}

static bool
has_currency(const char *p, size_t n)
{
	static const char *const signs[] = {"$", "€", "£", "¥", "USD", "EUR", "GBP", "CHF"};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (n && memmem(p, n, signs[i], strlen(signs[i])))
			return true;
	return false;
}

/* The likely mending of what should be a number, or "". */
static const char *
number_hint(enum coltype type, const char *p, size_t n)
{
	size_t sign = n && (p[0] == '-' || p[0] == '+');
	unsigned bits = number_types(p, n);

	if (bits & COL_BIT(COL_DECIMAL))
		return type == COL_INTEGER
			   ? "this one has a fraction, an exponent or too many digits"
			   : "this one has too many digits behind the point, or an exponent";
	if (!has_byte_of(p, n, "0123456789"))
		return "";
	if (p[0] == ' ' || p[n - 1] == ' ' || p[0] == '\t' || p[n - 1] == '\t')
		return "remove the blanks around it";
	if (has_currency(p, n))
		return "remove the currency sign";
	if (p[0] == '(' && p[n - 1] == ')')
		return "write a negative number with a minus sign";
	if (p[n - 1] == '%')
		return "remove the percent sign";
	if (has_byte_of(p, n, ","))
		return "write the decimal mark as a point and no thousands separators";
	if (n > sign + 1 && p[sign] == '0' && is_digit(p[sign + 1]))
		return "remove the leading zeros, or declare the column as id";
	return "";
}

static const char *
date_hint(const char *p, size_t n)
{
	unsigned orders = date_orders(p, n);

	if (orders == (DATE_DMY | DATE_MDY))
		return "this one could be day/month/year or month/day/year";
	if (orders & DATE_DMY)
		return "this one is written day, month, year";
	if (orders & DATE_MDY)
		return "this one is written month, day, year";
	if (orders & DATE_YMD)
		return "write it with hyphens and two digits each";
	if (n == 10 && digits_at(p, 4) == 4 && p[4] == '-' && p[7] == '-')
		return "there is no such day";
	if (n > 10 && is_iso_date(p))
		return "this one has more than a date";
	return "";
}

static const char *
hint_for(enum coltype type, enum cell_type cell, const char *p, size_t n)
{
	if (cell == CELL_JSON)
		return "this one is a nested JSON value";
	if (cell == CELL_NUMBER && (type == COL_TEXT || type == COL_ID))
		return "this one is a JSON number: put it in quotes";
	if (cell == CELL_BOOL)
		return "this one is a JSON boolean";
	if (type == COL_INTEGER || type == COL_DECIMAL || type == COL_MONEY)
		return number_hint(type, p, n);
	if (type == COL_DATE)
		return date_hint(p, n);
	if (type == COL_TIMESTAMP && n == 10 && is_iso_date(p))
		return "this one has no time";
	return "";
}

static bool
same_text(const char *p, size_t n, const char *s)
{
	return strlen(s) == n && memcmp(p, s, n) == 0;
}

/* Append as far as it fits; REASON_BYTES is enough for all but long enum lists. */
static void __attribute__((format(printf, 2, 3))) reason_add(char *reason, const char *fmt, ...)
{
	size_t at = strlen(reason);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason + at, REASON_BYTES - at, fmt, ap);
	va_end(ap);
}

static void
enum_reason(const char *p, size_t n, const char *const *values, size_t nvalues, char *reason)
{
	char shown[VALUE_SHOW_BYTES];

	(void)snprintf(reason, REASON_BYTES, "one of");
	for (size_t i = 0; i < nvalues; i++) {
		value_show(values[i], strlen(values[i]), shown);
		if (strlen(reason) + strlen(shown) > REASON_BYTES - 96) {
			reason_add(reason, " and %zu more", nvalues - i);
			break;
		}
		reason_add(reason, "%s '%s'", i ? "," : "", shown);
	}
	for (size_t i = 0; i < nvalues; i++)
		if (strlen(values[i]) == n && strncasecmp(values[i], p, n) == 0) {
			reason_add(reason, "; this one differs only in upper and lower case");
			return;
		}
	if (n && (p[0] == ' ' || p[n - 1] == ' '))
		reason_add(reason, "; remove the blanks around it");
}

bool
value_conforms(enum coltype type, enum cell_type cell, const char *p, size_t n,
    const char *const *values, size_t nvalues, char reason[256])
{
	const char *hint;

	INVARIANT(type < COL__COUNT);
	if (type == COL_ENUM) {
		for (size_t i = 0; cell == CELL_TEXT && i < nvalues; i++)
			if (same_text(p, n, values[i]))
				return true;
		enum_reason(p, n, values, nvalues, reason);
		return false;
	}
	if (value_types(cell, p, n) & COL_BIT(type))
		return true;
	hint = n ? hint_for(type, cell, p, n) : "";
	(void)snprintf(
	    reason, REASON_BYTES, "%s%s%s", expected_words(type), *hint ? "; " : "", hint);
	return false;
}

int
value_conforms_text(const char *type, const char *text, size_t n, const char *const *values,
    size_t nvalues, char reason[256], struct err *err)
{
	enum coltype t;

	if (!coltype_find(type, &t) || t == COL_JSON || t == COL_EMPTY)
		return err_set(err, E_USAGE,
		    "'%.40s' is not a column type; there are id text integer decimal money date timestamp "
		    "boolean enum",
		    type);
	return value_conforms(t, CELL_TEXT, text, n, values, nvalues, reason) ? 1 : 0;
}
