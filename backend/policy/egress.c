/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/egress.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/num.h"
#include "policy/contract.h"

#define URL_BYTES_MAX 2048
#define HOST_BYTES_MAX 253

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What '*' in a rule may stand for: RFC 3986 unreserved. */
static bool
is_unreserved(char c)
{
	return is_alnum(c) || strchr("-._~", c) != NULL;
}

static unsigned
hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* "127.1", "0x7f000001" and "2130706433" are addresses to some resolvers; only a dotted quad is here. */
static bool
is_number_like(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last ? last + 1 : host;
	if (last[0] == '0' && (last[1] == 'x' || last[1] == 'X'))
		return true;
	for (const char *p = last; *p; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

static int
check_name(const char *host, struct err *err)
{
	size_t label = 0, n = strlen(host);
	struct in_addr v4;

	if (n == 0 || n > HOST_BYTES_MAX)
		return err_set(err, E_USAGE, "the host has %zu characters, 1 to %d are possible", n,
		    HOST_BYTES_MAX);
	for (size_t i = 0; i <= n; i++) {
		if (host[i] == '.' || host[i] == '\0') {
			if (label == 0 || label > 63 || host[i - 1] == '-')
				return err_set(err, E_USAGE, "'%s' is not a host name", host);
			label = 0;
			continue;
		}
		if (!is_alnum(host[i]) && (host[i] != '-' || label == 0) && host[i] != '_')
			return err_set(err, E_USAGE, "'%s' is not a host name", host);
		label++;
	}
	if (is_number_like(host) && inet_pton(AF_INET, host, &v4) != 1)
		return err_set(err, E_USAGE, "'%s' is not an IPv4 address in four parts", host);
	return 0;
}

static int
parse_host(struct arena *a, const char *s, size_t n, struct url *out, struct err *err)
{
	char *host;

	if (n >= 2 && s[0] == '[' && s[n - 1] == ']') {
		struct in6_addr v6;
		char text[INET6_ADDRSTRLEN];

		host = arena_dup(a, s + 1, n - 2);
		if (inet_pton(AF_INET6, host, &v6) != 1)
			return err_set(err, E_USAGE, "'%s' is not an IPv6 address", host);
		INVARIANT(inet_ntop(AF_INET6, &v6, text, sizeof text) != NULL);
		out->host = arena_str(a, text);
		return 0;
	}
	host = arena_dup(a, s, n);
	for (char *p = host; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	if (check_name(host, err) < 0)
		return -1;
	out->host = host;
	return 0;
}

static int
parse_authority(struct arena *a, const char *s, size_t n, struct url *out, struct err *err)
{
	size_t host_n = n, from = 0;

	if (memchr(s, '@', n))
		return err_set(err, E_USAGE, "a URL with a user name or password is not taken");
	if (n > 0 && s[0] == '[') {
		const char *close = memchr(s, ']', n);

		from = close ? (size_t)(close - s) : n;
	}
	for (size_t i = from; i < n; i++)
		if (s[i] == ':') {
			host_n = i;
			break;
		}
	if (parse_host(a, s, host_n, out, err) < 0)
		return -1;
	out->port = strcmp(out->scheme, "https") == 0 ? 443 : 80;
	if (host_n < n) {
		int64_t port;

		if (num_parse(s + host_n + 1, n - host_n - 1, 1, 65535, &port, err) < 0)
			return err_wrap(err, "port");
		out->port = (uint16_t)port;
	}
	return 0;
}

/* Percent-encoded dots, slashes, backslashes and controls read differently at both ends. */
static int
check_escapes(const char *s, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		unsigned v;

		if (s[i] != '%') {
			if (!is_unreserved(s[i]) && !strchr("!$&'()*+,;=:@/?", s[i]))
				return err_set(err, E_USAGE, "the character '%c' must be "
				    "percent-encoded", s[i]);
			continue;
		}
		if (i + 2 >= n || !is_hex(s[i + 1]) || !is_hex(s[i + 2]))
			return err_set(err, E_USAGE, "'%%' must be followed by two hex digits");
		v = hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]);
		if (v < 0x20 || v == 0x7f || v == '.' || v == '/' || v == '\\')
			return err_set(err, E_USAGE, "'%%%c%c' is not taken in a URL", s[i + 1],
			    s[i + 2]);
		i += 2;
	}
	return 0;
}

static int
parse_path(struct arena *a, const char *s, size_t n, struct url *out, struct err *err)
{
	const char *mark = memchr(s, '?', n);
	size_t path_n = mark ? (size_t)(mark - s) : n;

	out->path = path_n > 0 ? arena_dup(a, s, path_n) : "/";
	out->query = mark ? arena_dup(a, mark + 1, n - path_n - 1) : "";
	if (check_escapes(s, n, err) < 0)
		return -1;
	for (const char *p = out->path; *p; p++) {
		size_t k;

		if (*p != '/')
			continue;
		k = strcspn(p + 1, "/");
		if ((k == 1 && p[1] == '.') || (k == 2 && p[1] == '.' && p[2] == '.'))
			return err_set(err, E_USAGE, "the path has a '%.*s' segment", (int)k,
			    p + 1);
	}
	return 0;
}

int
url_parse(struct arena *a, const char *s, size_t n, struct url *out, struct err *err)
{
	struct url u = {0};
	size_t at, end;

	if (n > URL_BYTES_MAX)
		return err_set(err, E_USAGE, "the URL is longer than %d characters", URL_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f)
			return err_set(err, E_USAGE, "the URL has a character that is not plain "
			    "ASCII at place %zu", i + 1);
	if (n > 7 && strncasecmp(s, "http://", 7) == 0) {
		u.scheme = "http";
		at = 7;
	} else if (n > 8 && strncasecmp(s, "https://", 8) == 0) {
		u.scheme = "https";
		at = 8;
	} else {
		return err_set(err, E_USAGE, "the URL does not begin with http:// or https://");
	}
	if (memchr(s, '#', n))
		return err_set(err, E_USAGE, "a URL with a '#' part is not taken");
	end = at;
	while (end < n && s[end] != '/' && s[end] != '?')
		end++;
	if (parse_authority(a, s + at, end - at, &u, err) < 0 ||
	    parse_path(a, s + end, n - end, &u, err) < 0)
		return -1;
	*out = u;
	return 0;
}

const char *
url_origin(struct arena *a, const struct url *u)
{
	bool is_v6 = strchr(u->host, ':') != NULL;

	return arena_printf(a, "%s://%s%s%s:%u", u->scheme, is_v6 ? "[" : "", u->host,
	    is_v6 ? "]" : "", u->port);
}

/*
 * '*' stands for one or more unreserved characters. One place to come back to is enough: the
 * shortest match of an earlier '*' leaves the most to later ones.
 */
static bool
pattern_matches(const char *pattern, const char *s)
{
	const char *star = NULL, *back = NULL;

	while (*s) {
		if (*pattern == '*' && is_unreserved(*s)) {
			star = ++pattern;
			back = ++s;
		} else if (*pattern == *s && *pattern != '*') {
			pattern++;
			s++;
		} else if (star && is_unreserved(*back)) {
			pattern = star;
			s = ++back;
		} else {
			return false;
		}
	}
	return *pattern == '\0';
}

int
egress_match(const struct egress_rule *rules, size_t n, const char *method, const struct url *u,
    struct err *err)
{
	bool seen_origin = false;

	for (size_t i = 0; i < n; i++) {
		const struct egress_rule *r = &rules[i];

		if (strcmp(r->scheme, u->scheme) != 0 || strcmp(r->host, u->host) != 0 ||
		    r->port != u->port)
			continue;
		seen_origin = true;
		if (strcmp(r->method, method) == 0 && pattern_matches(r->path, u->path) &&
		    pattern_matches(r->query, u->query))
			return (int)i;
	}
	if (n == 0)
		return err_set(err, E_EGRESS, "the contract allows no requests at all");
	if (!seen_origin)
		return err_set(err, E_EGRESS, "no rule of the contract is for %s://%s:%u",
		    u->scheme, u->host, u->port);
	return err_set(err, E_EGRESS, "no rule of the contract allows %s %s%s%s on %s:%u", method,
	    u->path, u->query[0] ? "?" : "", u->query, u->host, u->port);
}

static bool
v4_is_private(const uint8_t b[4])
{
	static const struct {
		uint8_t net[4];
		unsigned bits;
	} list[] = {
	    {{0, 0, 0, 0}, 8},       {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10},
	    {{127, 0, 0, 0}, 8},     {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},
	    {{192, 0, 0, 0}, 24},    {{192, 0, 2, 0}, 24},   {{192, 88, 99, 0}, 24},
	    {{192, 168, 0, 0}, 16},  {{198, 18, 0, 0}, 15},  {{198, 51, 100, 0}, 24},
	    {{203, 0, 113, 0}, 24},  {{224, 0, 0, 0}, 3}, /* multicast, reserved, broadcast */
	};
	uint32_t v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		const uint8_t *k = list[i].net;
		uint32_t net = (uint32_t)k[0] << 24 | (uint32_t)k[1] << 16 |
		    (uint32_t)k[2] << 8 | k[3];

		if ((v ^ net) >> (32 - list[i].bits) == 0)
			return true;
	}
	return false;
}

bool
egress_is_private(const char *text)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		return v4_is_private(b);
	if (inet_pton(AF_INET6, text, b) != 1)
		return true;
	/* Only 2000::/3 is global unicast; inside it, documentation, 6to4, Teredo and ORCHID are not. */
	if ((b[0] & 0xe0) != 0x20)
		return true;
	if (b[0] == 0x20 && b[1] == 0x02)
		return true;
	if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0)
		return true; /* 2001:0000::/23, IETF protocol assignments */
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
		return true;
	return b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0; /* 3fff::/20 documentation */
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

bool
egress_host_is_private(const char *host)
{
	uint8_t b[16];

	if (inet_pton(AF_INET, host, b) == 1 || inet_pton(AF_INET6, host, b) == 1)
		return egress_is_private(host);
	return !strchr(host, '.') || ends_with(host, ".localhost") || ends_with(host, ".local") ||
	    ends_with(host, ".internal") || ends_with(host, ".home.arpa");
}

bool
egress_may_be_private(const char *const *allow, size_t n, const char *host, uint16_t port)
{
	char want[HOST_BYTES_MAX + 8];

	for (size_t i = 0; i < n; i++) {
		const char *colon = strrchr(allow[i], ':');
		size_t host_n;

		if (!colon)
			continue;
		host_n = (size_t)(colon - allow[i]);
		if (strlen(host) != host_n || memcmp(host, allow[i], host_n) != 0)
			continue;
		if (strcmp(colon + 1, "*") == 0)
			return true;
		(void)snprintf(want, sizeof want, "%u", port);
		if (strcmp(colon + 1, want) == 0)
			return true;
	}
	return false;
}
