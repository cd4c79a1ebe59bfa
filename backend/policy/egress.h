/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_EGRESS_H
#define POLICY_EGRESS_H
/*
 * Which requests may leave, decided in one place: the compiler derives rules from a step's fetch, the
 * bridge asks egress_match before each call and egress_is_private for each resolved address.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct egress_rule; /* policy/contract.h */
struct err;

struct url {
	const char *scheme; /* "http" or "https" */
	const char *host;   /* lower case; an IPv6 address without brackets */
	uint16_t port;      /* explicit or the scheme's own */
	const char *path;   /* begins with '/'; dot segments refused */
	const char *query;  /* without '?'; "" if none */
};

/*
 * url_parse - absolute http(s) URL of at most 2048 bytes. No user info, no fragment, no control or
 * non-ASCII characters, no '%' in the host, no "." or ".." segment (plain or percent-encoded).
 * Returns 0, or -1 E_USAGE saying which.
 */
int url_parse(struct arena *a, const char *s, size_t n, struct url *out, struct err *err);
/* url_origin - "http://host:port" (port always written, IPv6 in brackets). */
const char *url_origin(struct arena *a, const struct url *u);

/* egress_match - index of the rule that allows method and url, or -1 with E_EGRESS naming what differs. */
int egress_match(const struct egress_rule *rules, size_t n, const char *method,
    const struct url *u, struct err *err);
/*
 * egress_is_private - an address that is not a public one: loopback, private, link-local, unique local,
 * multicast, unspecified, documentation, CGNAT, IPv4 inside IPv6. text: as inet_ntop prints it.
 * Anything that is not an address is private (fail closed).
 */
bool egress_is_private(const char *text);
/*
 * egress_host_is_private - as far as a host in a URL says by itself: an address as above, or a name
 * that never means a public host (localhost, *.localhost, *.local, *.internal, a name without a dot).
 * A public-looking name may still resolve to a private address: ask egress_is_private of each address.
 */
bool egress_host_is_private(const char *host);
/* egress_may_be_private - host:port is on the profile's list ("host:port" or "host:*"). */
bool egress_may_be_private(const char *const *allow, size_t n, const char *host, uint16_t port);
#endif
