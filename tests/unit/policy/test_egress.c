/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/egress.h"

#include "core/arena.h"
#include "core/err.h"
#include "policy/contract.h"
#include "tap.h"

static struct arena *a;

static int
parse(const char *s, struct url *u, struct err *err)
{
	return url_parse(a, s, strlen(s), u, err);
}

static void
plain_urls_are_read(void)
{
	struct url u;
	struct err err;

	CHECK_INT(parse("HTTPS://Api.Example.COM/v1/users?_limit=20", &u, &err), 0);
	CHECK_STR(u.scheme, "https");
	CHECK_STR(u.host, "api.example.com");
	CHECK_INT(u.port, 443);
	CHECK_STR(u.path, "/v1/users");
	CHECK_STR(u.query, "_limit=20");
	CHECK_STR(url_origin(a, &u), "https://api.example.com:443");
	CHECK_INT(parse("http://127.0.0.1:8791", &u, &err), 0);
	CHECK_INT(u.port, 8791);
	CHECK_STR(u.path, "/");
	CHECK_INT(parse("http://[2001:DB8::1]:80/x", &u, &err), 0);
	CHECK_STR(u.host, "2001:db8::1");
	CHECK_STR(url_origin(a, &u), "http://[2001:db8::1]:80");
}

static void
tricky_urls_are_refused_with_the_reason(void)
{
	static const struct {
		const char *url, *says;
	} bad[] = {
	    {"ftp://x/", "does not begin with http"},
	    {"http://u:p@host/", "user name or password"},
	    {"http://host/#a", "'#'"},
	    {"http://host/a b", "plain ASCII at place 14"},
	    {"http://host/\xc3\xa4", "plain ASCII"},
	    {"http:///x", "0 characters"},
	    {"http://ho%73t/", "not a host name"},
	    {"http://host./", "not a host name"},
	    {"http://-host/", "not a host name"},
	    {"http://2130706433/", "not an IPv4 address in four parts"},
	    {"http://127.1/", "not an IPv4 address in four parts"},
	    {"http://0x7f.0.0.1/", "not an IPv4 address in four parts"},
	    {"http://0x7f000001/", "not an IPv4 address in four parts"},
	    {"http://0177.0.0.1/", "not an IPv4 address in four parts"},
	    {"http://[::1/", "not a host name"},
	    {"http://[::g]/", "not an IPv6 address"},
	    {"http://[::ffff:127.0.0.1%25lo]/", "not an IPv6 address"},
	    {"http://host:0/", "port"},
	    {"http://host:65536/", "port"},
	    {"http://host:80a/", "port"},
	    {"http://host/a/../b", "'..' segment"},
	    {"http://host/./b", "'.' segment"},
	    {"http://host/a/%2e%2E/b", "'%2e' is not taken"},
	    {"http://host/a%2Fb", "'%2F' is not taken"},
	    {"http://host/a%00", "'%00' is not taken"},
	    {"http://host/a%5cb", "'%5c' is not taken"},
	    {"http://host/a%4", "two hex digits"},
	    {"http://host/a\\b", "percent-encoded"},
	    {"http://host/{id}", "percent-encoded"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct url u;
		struct err err = {0};

		CHECK_INT(parse(bad[i].url, &u, &err), -1);
		if (!strstr(err.msg, bad[i].says))
			printf("# %s: %s\n", bad[i].url, err.msg);
		CHECK(strstr(err.msg, bad[i].says));
		CHECK_INT(err.code, E_USAGE);
	}
}

static void
rules_match_whole_segments_and_nothing_else(void)
{
	static const struct egress_rule rules[] = {
	    {.scheme = "http", .host = "h", .port = 80, .method = "GET", .path = "/users", .query = ""},
	    {.scheme = "http", .host = "h", .port = 80, .method = "GET", .path = "/users/*/posts",
		.query = "limit=5&user=*"},
	};
	static const struct {
		const char *url;
		int rule;
	} cases[] = {
	    {"http://h/users", 0},
	    {"http://h/users/17/posts?limit=5&user=17", 1},
	    {"http://h/users/a-b.c_d~e/posts?limit=5&user=x", 1},
	    {"http://h/users/", -1},
	    {"http://h/users?x=1", -1},
	    {"http://h/users/17/posts", -1},
	    {"http://h/users//posts?limit=5&user=x", -1},
	    {"http://h/users/1/2/posts?limit=5&user=x", -1},
	    {"http://h/users/1%20/posts?limit=5&user=x", -1},
	    {"http://h/users/1/posts?limit=5&user=", -1},
	    {"http://h/users/1/posts?limit=5&user=x&admin=1", -1},
	    {"http://h/users/1/postsx?limit=5&user=x", -1},
	    {"https://h/users", -1},
	    {"http://h:81/users", -1},
	    {"http://hh/users", -1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct url u;
		struct err err = {0};

		CHECK_INT(parse(cases[i].url, &u, &err), 0);
		CHECK_INT(egress_match(rules, 2, "GET", &u, &err), cases[i].rule);
		if (cases[i].rule < 0)
			CHECK_INT(err.code, E_EGRESS);
		CHECK_INT(egress_match(rules, 2, "POST", &u, &err), -1);
		CHECK_INT(egress_match(rules, 0, "GET", &u, &err), -1);
	}
}

static void
private_addresses_are_known(void)
{
	static const char *const private[] = {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
	    "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
	    "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
	    "::ffff:8.8.8.8", "64:ff9b::1", "2001:db8::1", "2002:7f00:1::", "2001::1", "3fff::1",
	    "not an address", ""};
	static const char *const public[] = {"8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.255.255",
	    "100.63.255.255", "100.128.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"};

	for (size_t i = 0; i < sizeof private / sizeof private[0]; i++) {
		if (!egress_is_private(private[i]))
			printf("# %s\n", private[i]);
		CHECK(egress_is_private(private[i]));
	}
	for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
		CHECK(!egress_is_private(public[i]));
	CHECK(egress_host_is_private("localhost"));
	CHECK(egress_host_is_private("db.internal"));
	CHECK(egress_host_is_private("printer.local"));
	CHECK(egress_host_is_private("::1"));
	CHECK(!egress_host_is_private("api.example.com"));
	CHECK(!egress_host_is_private("8.8.8.8"));
}

static void
the_profile_lists_host_and_port(void)
{
	static const char *const allow[] = {"127.0.0.1:9", "10.0.0.5:*", "::1:80"};

	CHECK(egress_may_be_private(allow, 3, "127.0.0.1", 9));
	CHECK(!egress_may_be_private(allow, 3, "127.0.0.1", 90));
	CHECK(!egress_may_be_private(allow, 3, "127.0.0.2", 9));
	CHECK(egress_may_be_private(allow, 3, "10.0.0.5", 65535));
	CHECK(egress_may_be_private(allow, 3, "::1", 80));
	CHECK(!egress_may_be_private(allow, 0, "127.0.0.1", 9));
}

int
main(void)
{
	a = arena_new(0);
	RUN(plain_urls_are_read);
	RUN(tricky_urls_are_refused_with_the_reason);
	RUN(rules_match_whole_segments_and_nothing_else);
	RUN(private_addresses_are_known);
	RUN(the_profile_lists_host_and_port);
	arena_free(a);
	return tap_done();
}
