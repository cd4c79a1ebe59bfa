/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them: currency, unit, sign, thousands. */
#include <string.h>

#include "types/reading.h"

#define TEXT_BYTES_MAX 64
#define MARKS_MAX 24

struct sign {
	const char *text;
	const char *code;
	bool is_shared;
};
/* Longer ones first where one begins another. */
static const struct sign signs[] = {{"US$", "USD", false}, {"CA$", "CAD", false}, {"AU$", "AUD", false},
    {"NZ$", "NZD", false}, {"HK$", "HKD", false}, {"MX$", "MXN", false}, {"C$", "CAD", false}, {"A$", "AUD", false},
    {"S$", "SGD", false}, {"R$", "BRL", false}, {"$", "USD", true}, {"€", "EUR", false}, {"£", "GBP", false},
    {"¥", "JPY", true}, {"₹", "INR", false}, {"₩", "KRW", false}, {"₽", "RUB", false}, {"₺", "TRY", false},
    {"₪", "ILS", false}, {"₫", "VND", false}, {"₴", "UAH", false}, {"฿", "THB", false}, {"₱", "PHP", false},
    {"zł", "PLN", false}, {"Kč", "CZK", false}, {"SFr.", "CHF", false}, {"Fr.", "CHF", false}};

/* ISO 4217, funds and metals left out. */
static const char codes[][4] = {"AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD",
    "BDT", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
    "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
    "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK",
    "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN",
    "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD",
    "SSP", "STN", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD",
    "UYU", "UZS", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG"};

/* Units that may stand right behind the digits, and what they are called here. */
static const struct {
	const char *text;
	const char *unit;
} units[] = {{"%", "%"}, {"‰", "‰"}, {"pct", "%"}, {"percent", "%"}, {"°C", "°C"}, {"°F", "°F"}, {"°", "°"},
    {"h", "h"}, {"hr", "h"}, {"hrs", "h"}, {"hour", "h"}, {"hours", "h"}, {"min", "min"}, {"mins", "min"},
    {"minute", "min"}, {"minutes", "min"}, {"s", "s"}, {"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"},
    {"ms", "ms"}, {"d", "d"}, {"day", "d"}, {"days", "d"}, {"wk", "wk"}, {"week", "wk"}, {"weeks", "wk"},
    {"mo", "mo"}, {"month", "mo"}, {"months", "mo"}, {"yr", "yr"}, {"yrs", "yr"}, {"year", "yr"}, {"years", "yr"},
    {"kg", "kg"}, {"g", "g"}, {"mg", "mg"}, {"t", "t"}, {"lb", "lb"}, {"lbs", "lb"}, {"oz", "oz"}, {"km", "km"},
    {"m", "m"}, {"cm", "cm"}, {"mm", "mm"}, {"mi", "mi"}, {"mile", "mi"}, {"miles", "mi"}, {"ft", "ft"}, {"l", "l"},
    {"L", "l"}, {"ml", "ml"}, {"mL", "ml"}, {"kWh", "kWh"}, {"MWh", "MWh"}, {"kW", "kW"}, {"MW", "MW"}, {"Hz", "Hz"},
    {"kHz", "kHz"}, {"MHz", "MHz"}, {"GHz", "GHz"}, {"kB", "kB"}, {"KB", "kB"}, {"MB", "MB"}, {"GB", "GB"}, {"TB", "TB"},
    {"KiB", "KiB"}, {"MiB", "MiB"}, {"GiB", "GiB"}, {"px", "px"}, {"pt", "pt"}, {"pts", "pt"}, {"bps", "bps"},
    {"pp", "pp"}, {"pcs", "pcs"}, {"pc", "pcs"}, {"ea", "ea"}, {"km/h", "km/h"}, {"mph", "mph"}, {"m²", "m²"}, {"m2", "m²"},
    {"m³", "m³"}, {"m3", "m³"}, {"sqft", "sqft"}, {"x", "x"}};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

static bool
begins(const char *p, const char *end, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

/* Blanks that stand in numbers: plain, no-break, thin. How many bytes, or 0. */
static size_t
blank_at(const char *p, const char *end)
{
	if (p == end)
		return 0;
	if (*p == ' ')
		return 1;
	if (begins(p, end, "\xc2\xa0"))
		return 2;
	return begins(p, end, "\xe2\x80\xaf") || begins(p, end, "\xe2\x80\x89") ? 3 : 0;
}

static size_t
minus_at(const char *p, const char *end)
{
	if (p == end)
		return 0;
	if (*p == '-')
		return 1;
	return begins(p, end, "\xe2\x88\x92") || begins(p, end, "\xe2\x80\x93") ? 3 : 0; /* −, – */
}

static const char *
code_at(const char *p)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (memcmp(codes[i], p, 3) == 0)
			return codes[i];
	return NULL;
}

/* A currency's sign or code that begins at p. How many bytes, or 0. */
static size_t
currency_at(const char *p, const char *end, struct number_text *out)
{
	const char *code;

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (begins(p, end, signs[i].text)) {
			out->currency = signs[i].code;
			out->is_shared_sign = signs[i].is_shared;
			return strlen(signs[i].text);
		}
	if (end - p < 3 || (end - p > 3 && is_letter(p[3]) && !blank_at(p + 3, end) && !minus_at(p + 3, end)))
		return 0;
	code = code_at(p);
	if (!code)
		return 0;
	out->currency = code;
	return 3;
}

/* What may stand in front of the digits: sign, parenthesis, currency, each once. NULL: something else does. */
static const char *
take_front(const char *p, const char *end, struct number_text *out, bool *is_signed)
{
	while (p < end && !is_digit(*p) && *p != '.' && *p != ',') {
		size_t n = blank_at(p, end);
		if (n == 0 && !*is_signed && !out->has_parens && (*p == '+' || minus_at(p, end))) {
			n = *p == '+' ? 1 : minus_at(p, end);
			*is_signed = true;
			out->has_minus_sign = n > 1;
		} else if (n == 0 && *p == '(' && !out->has_parens && !*is_signed) {
			n = 1;
			out->has_parens = true;
		} else if (n == 0 && !out->currency) {
			n = currency_at(p, end, out);
		}
		if (n == 0)
			return NULL;
		p += n;
	}
	return p < end ? p : NULL;
}

/* A word of letters, or a known unit. `is_apart`: a blank stands before it, so that any word may be one. */
static bool
take_unit(const char *p, size_t n, bool is_apart, struct number_text *out)
{
	bool is_rate = n > 1 && *p == '/';
	const char *word = p + is_rate;
	size_t bytes = n - is_rate, at = 0;

	if (*out->unit || n == 0 || n > UNIT_BYTES_MAX)
		return false;
	if (is_rate)
		out->unit[at++] = '/';
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].text) == bytes && memcmp(units[i].text, word, bytes) == 0) {
			memcpy(out->unit + at, units[i].unit, strlen(units[i].unit) + 1);
			return true;
		}
	out->unit[0] = '\0';
	if (!is_apart || is_rate || (bytes == 2 && (word[0] | 32) != 'k' && (word[1] | 32) == 'm'))
		return false; /* 9 AM is a time */
	for (size_t i = 0; i < bytes; i++)
		if (!is_letter(word[i]))
			return false;
	memcpy(out->unit, word, bytes);
	out->unit[bytes] = '\0';
	return true;
}

/* What may stand behind the digits. NULL: something else does. Returns the end of the digits. */
static const char *
take_back(const char *p, const char *end, struct number_text *out, bool is_signed)
{
	const char *digits = end, *at;
	bool is_closed = !out->has_parens;

	while (digits > p && !is_digit(digits[-1]))
		digits--;
	at = digits;
	if (begins(at, end, ".-") || begins(at, end, ",-"))
		at += 2; /* 5.- */
	while (at < end) {
		size_t n = blank_at(at, end), word = 0;
		bool is_apart = at > digits && n == 0 && blank_at(at - 1, end) > 0;
		if (n) {
			at += n;
			continue;
		}
		is_apart = is_apart || (at - digits >= 2 && (begins(at - 2, end, "\xc2\xa0"))) ||
			   (at - digits >= 3 && blank_at(at - 3, end) == 3);
		if (*at == ')' && !is_closed) {
			is_closed = true;
			at++;
			continue;
		}
		if (!is_signed && !out->has_parens && minus_at(at, end)) {
			is_signed = true;
			at += minus_at(at, end);
			continue;
		}
		n = out->currency ? 0 : currency_at(at, end, out);
		if (n) {
			at += n;
			continue;
		}
		while (at + word < end && at[word] != ')' && !blank_at(at + word, end))
			word++;
		if (!take_unit(at, word, is_apart, out))
			return NULL;
		at += word;
	}
	return is_closed ? digits : NULL;
}

struct mark {
	char sign;     /* , . ' or blank */
	size_t behind; /* digits that follow it */
};
/* The digits parted by marks: how many of each. False when it is not that. */
static bool
part(const char *p, const char *end, struct mark *marks, size_t *nmarks, size_t *nfirst, bool *is_zero_led)
{
	size_t n = 0, run = 0;

	*is_zero_led = p < end && *p == '0';
	while (p < end) {
		char sign = *p;
		size_t bytes = 1;
		if (is_digit(*p)) {
			run++;
			p++;
			continue;
		}
		if (blank_at(p, end)) {
			sign = ' ';
			bytes = blank_at(p, end);
		} else if (begins(p, end, "\xe2\x80\x99")) {
			sign = '\'';
			bytes = 3;
		} else if (*p != ',' && *p != '.' && *p != '\'') {
			return false;
		}
		if (n == MARKS_MAX)
			return false;
		if (n == 0)
			*nfirst = run;
		else
			marks[n - 1].behind = run;
		marks[n++].sign = sign;
		run = 0;
		p += bytes;
	}
	if (n == 0)
		*nfirst = run;
	else
		marks[n - 1].behind = run;
	*nmarks = n;
	return run > 0;
}

/* Do the first n marks part thousands? All alike, three digits behind each, one to three before. */
static bool
parts_thousands(const struct mark *marks, size_t n, size_t nfirst, bool is_zero_led)
{
	if (n == 0 || nfirst < 1 || nfirst > 3 || is_zero_led)
		return false;
	for (size_t i = 0; i < n; i++)
		if (marks[i].sign != marks[0].sign || marks[i].behind != 3)
			return false;
	return true;
}

static unsigned
grouping_styles(char sign)
{
	return sign == ','    ? STYLE_US
	       : sign == '.'  ? STYLE_EU
	       : sign == '\'' ? STYLE_SWISS_POINT | STYLE_SWISS_COMMA
			      : STYLE_SPACE_POINT | STYLE_SPACE_COMMA;
}

static bool
take_digits(const char *p, const char *end, struct number_text *out)
{
	struct mark marks[MARKS_MAX];
	size_t n, nfirst = 0;
	bool is_zero_led, is_grouped;
	char last;

	if (!part(p, end, marks, &n, &nfirst, &is_zero_led) || (is_zero_led && nfirst > 1))
		return false;
	out->styles = STYLE_POINT | STYLE_COMMA;
	if (n == 0)
		return true;
	out->has_mark = true;
	is_grouped = parts_thousands(marks, n, nfirst, is_zero_led);
	last = marks[n - 1].sign;
	out->styles = is_grouped ? grouping_styles(last) : 0;
	if (last == '.' || last == ',') {
		unsigned decimal = last == '.' ? STYLE_POINT : STYLE_COMMA;
		if (n > 1 && marks[0].sign == last)
			decimal = 0; /* the same mark twice is no decimal mark */
		else if (n > 1)
			decimal &= parts_thousands(marks, n - 1, nfirst, is_zero_led) ? grouping_styles(marks[0].sign) : 0;
		if (decimal)
			out->fraction = (unsigned)marks[n - 1].behind;
		out->fraction_styles = decimal;
		out->styles |= decimal;
	}
	return out->styles != 0;
}

bool
number_text_read(const char *p, size_t n, struct number_text *out)
{
	const char *end = p + n;
	bool is_signed = false;

	*out = (struct number_text){0};
	if (n == 0 || n > TEXT_BYTES_MAX)
		return false;
	p = take_front(p, end, out, &is_signed);
	if (!p)
		return false;
	end = take_back(p, end, out, is_signed);
	return end && end > p && take_digits(p, end, out);
}
