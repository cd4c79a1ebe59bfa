/* SPDX-License-Identifier: Apache-2.0 */
#include "imprint/encode.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/token.h"
#include "tap.h"

static struct arena *a;
static struct imp_diags d;

static struct jx *
parse(const char *text, size_t n)
{
	struct jx_options opt = {.depth_max = 4000};
	struct jx *v;
	struct err err;

	if (jx_parse(a, text, n, &opt, &v, &err) < 0) {
		printf("# %s\n", err.msg);
		exit(1);
	}
	return v;
}

/* -1: refused, with the reason in d. */
static int
encode_with(const char *schema, enum direction direction, const struct encode_options *opt, const char *name,
    struct encoded *out)
{
	struct shapes_options shapes = {.direction = direction, .formats = true};
	struct encode_title title = {.name = name};
	struct registry *reg = registry_new(a, NULL);
	struct shape *shape;
	struct shapes *s;
	struct sloc at;
	struct err err;

	imp_diags_init(&d, a);
	if (registry_add(reg, parse(schema, strlen(schema)), NULL, DIALECT_AUTO, &at, &err) < 0) {
		(void)imp_add(&d, IMP_E_SCHEMA, "", "%s", err.msg);
		return -1;
	}
	s = shapes_new(reg, &shapes);
	if (shape_of(s, &at, 1, &shape, &d) < 0)
		return -1;
	return encode_template(s, shape, opt, &title, a, out, &d);
}

static const char *
template_in(const char *schema, enum direction direction)
{
	struct encoded e;

	if (encode_with(schema, direction, NULL, NULL, &e) < 0)
		return d.n ? imp_code_name(d.at[0].code) : "refused";
	return e.template;
}

static const char *
template_of(const char *schema)
{
	return template_in(schema, DIRECTION_NONE);
}

static char *
map_of(const char *schema)
{
	struct registry *reg = registry_new(a, NULL);
	struct shape *shape;
	struct shapes *s;
	struct sloc at;
	struct err err;
	struct buf b;

	imp_diags_init(&d, a);
	CHECK_INT(registry_add(reg, parse(schema, strlen(schema)), NULL, DIALECT_AUTO, &at, &err), 0);
	s = shapes_new(reg, NULL);
	CHECK_INT(shape_of(s, &at, 1, &shape, &d), 0);
	buf_init(&b, a);
	encode_map(s, shape, NULL, &b);
	return buf_take(&b);
}

/* --- what a reader of templates relies on ------------------------------------------------------------------------ */

struct seen { unsigned leaves, required, refs, wrong; };

static bool
parsed(const char *s, size_t n, struct token *t)
{
	struct err err;

	if (token_parse(a, s, n, false, t, &err) == 0)
		return true;
	printf("# not a token: '%.*s': %s\n", (int)n, s, err.msg);
	return false;
}

static void
see(const struct jx *root, const struct jx *v, bool is_first_element, struct seen *seen, unsigned depth)
{
	struct token t;

	if (depth > 2000) {
		seen->wrong++;
	} else if (v->type == JX_STRING) {
		if (!token_is_like(v->u.text.p, v->u.text.n) || !parsed(v->u.text.p, v->u.text.n, &t)) {
			seen->wrong++;
			return;
		}
		bool is_fill = t.kind == TOKEN_FILL || t.kind == TOKEN_OPTIONAL;
		if (is_first_element && is_fill && strcmp(t.types[0], "array") == 0)
			return;
		seen->leaves++;
		seen->required += t.kind == TOKEN_FILL || t.kind == TOKEN_FILL_ENUM;
		seen->refs += t.kind == TOKEN_REF;
		for (size_t i = 0; t.kind == TOKEN_REF && i < t.n_constraints; i++)
			if (strcmp(t.constraints[i].name, "at") == 0 && strcmp(t.constraints[i].value, "/") != 0 &&
			    !jx_pointer(root, t.constraints[i].value)) {
				printf("# %s leads nowhere\n", t.constraints[i].value);
				seen->wrong++;
			}
	} else if (v->type == JX_ARRAY) {
		for (size_t i = 0; i < v->u.array.n; i++)
			see(root, v->u.array.at[i], i == 0, seen, depth + 1);
	} else if (v->type == JX_OBJECT) {
		for (size_t i = 0; i < v->u.object.n; i++) {
			const struct jx_member *m = &v->u.object.at[i];
			if (!token_is_like(m->key, m->key_bytes)) {
				see(root, m->value, false, seen, depth + 1);
				continue;
			}
			if (!parsed(m->key, m->key_bytes, &t)) {
				seen->wrong++;
			} else if (t.kind == TOKEN_ONE_OF) {
				struct token selector;
				if (!parsed(m->value->u.text.p, m->value->u.text.n, &selector) ||
				    v->u.object.n != selector.n_values + 1) {
					seen->wrong++;
					continue;
				}
				seen->leaves++;
				seen->required += selector.kind == TOKEN_FILL_ENUM;
				for (size_t k = 0; k < selector.n_values; k++)
					seen->wrong += !jx_find(v, selector.values[k]->u.text.p);
			} else if (strcmp(t.types[0], "object") == 0) {
				seen->wrong += !jx_is_str(m->value, "");
			} else {
				seen->wrong += strcmp(t.types[0], "key") != 0;
				see(root, m->value, false, seen, depth + 1);
			}
		}
	} else {
		seen->wrong++;
	}
}

static void
check_is_sound(const struct encoded *e)
{
	struct seen seen = {0};
	const struct jx *v = parse(e->template, e->template_bytes);

	see(v, v, false, &seen, 0);
	CHECK_INT(seen.wrong, 0);
	CHECK_INT(e->leaves, seen.leaves);
	CHECK_INT(e->required, seen.required);
	CHECK_INT(strlen(e->template), e->template_bytes);
}

/* --- rendering rules ---------------------------------------------------------------------------------------------- */

#define OBJ(members) "{\"type\":\"object\",\"properties\":{" members "}"
static const struct { const char *schema, *template; } cases[] = {
	/* scalars and unions */
	{"true", "\"{FILL|any}\""},
	{"{\"minimum\":3,\"maxLength\":4}", "\"{FILL|any|len:-4|range:[3,]}\""},
	{"{\"type\":\"string\"}", "\"{FILL|string}\""},
	{"{\"type\":[\"null\",\"string\",\"boolean\"]}", "\"{FILL|string/boolean/null}\""},
	{"{\"type\":[\"number\",\"integer\"]}", "\"{FILL|number}\""},
	{"{\"type\":\"null\"}", "\"{FILL|null}\""},
	{OBJ("\"a\":{\"type\":\"string\"}") "}", "{\"a\":\"{OPTIONAL|string}\"}"},
	{OBJ("\"a\":{\"type\":\"string\"}") ",\"required\":[\"a\",\"b\"]}", "{\"a\":\"{FILL|string}\",\"b\":\"{FILL|any}\"}"},
	/* constraints, in their order */
	{"{\"type\":\"string\",\"maxLength\":9,\"minLength\":2,\"pattern\":\"^a|b$\",\"format\":\"uuid\",\"default\":\"x\",\"deprecated\":true}",
	 "\"{FILL|string|format:uuid|pattern:/^a\\\\|b$/|len:2-9|default:x|deprecated}\""},
	{"{\"type\":\"string\",\"minLength\":0,\"maxLength\":0}", "\"{FILL|string|len:-0}\""},
	{"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}", "\"{FILL|integer|range:1-100}\""},
	{"{\"type\":\"number\",\"minimum\":0,\"maximum\":1.5}", "\"{FILL|number|range:[0,1.5]}\""},
	{"{\"type\":\"number\",\"exclusiveMinimum\":0}", "\"{FILL|number|range:(0,]}\""},
	{"{\"type\":\"number\",\"maximum\":1e3,\"multipleOf\":0.01}", "\"{FILL|number|range:[,1e3]|multiple:0.01}\""},
	{"{\"type\":\"integer\",\"minimum\":-3,\"maximum\":3}", "\"{FILL|integer|range:[-3,3]}\""},
	{"{\"type\":\"integer\",\"minimum\":1.0,\"maximum\":3}", "\"{FILL|integer|range:[1.0,3]}\""},
	{"{\"type\":\"integer\",\"minimum\":9007199254740993,\"maximum\":123456789012345678901234}",
	 "\"{FILL|integer|range:9007199254740993-123456789012345678901234}\""},
	{"{\"type\":\"integer\",\"default\":10}", "\"{FILL|integer|default:=10}\""},
	{"{\"type\":\"string\",\"default\":\"=\"}", "\"{FILL|string|default:\\\\=}\""},
	{"{\"type\":\"string\",\"format\":\"\"}", "\"{FILL|string}\""},
	/* enums and constants */
	{"{\"enum\":[\"a\",\"b|c\",1,null]}", "\"{FILL_ENUM|a|b\\\\|c|=1|=null}\""},
	{"{\"enum\":[\"a\",\"b\"],\"default\":\"b\",\"deprecated\":true}", "\"{FILL_ENUM|a|b||default:b|deprecated}\""},
	{"{\"enum\":[\"a\",\"a\",1,1.0]}", "\"{FILL_ENUM|a|=1}\""},
	{"{\"const\":5}", "\"{AUTO|integer|const:=5}\""},
	{OBJ("\"a\":{\"const\":1.5},\"b\":{\"const\":1.5},\"c\":{\"enum\":[null]}") ",\"required\":[\"a\",\"c\"]}",
	 "{\"a\":\"{AUTO|number|const:=1.5}\",\"b\":\"{OPTIONAL_ENUM|=1.5}\",\"c\":\"{AUTO|null|const:=null}\"}"},
	{"{\"type\":\"array\",\"items\":{\"const\":\"x\"}}", "[\"{FILL_ENUM|x}\"]"},
	{"{\"type\":\"object\",\"additionalProperties\":{\"const\":\"x\"}}", "{\"{OPTIONAL|key}\":\"{FILL_ENUM|x}\"}"},
	/* readOnly without a direction */
	{OBJ("\"a\":{\"type\":\"string\",\"readOnly\":true}") "}", "{\"a\":\"{AUTO|string|readonly}\"}"},
	{OBJ("\"a\":{\"type\":\"string\",\"readOnly\":true}") ",\"required\":[\"a\"]}", "{\"a\":\"{FILL|string|readonly}\"}"},
	{OBJ("\"a\":" OBJ("\"b\":{}") ",\"readOnly\":true}") "}", "{\"a\":\"{AUTO|object|readonly}\"}"},
	{OBJ("\"a\":{\"type\":\"array\",\"readOnly\":true}") "}", "{\"a\":\"{AUTO|array|readonly}\"}"},
	{OBJ("\"a\":{\"enum\":[\"x\",\"y\"],\"readOnly\":true}") "}", "{\"a\":\"{AUTO|string|readonly}\"}"},
	/* objects */
	{OBJ("\"o\":" OBJ("\"a\":{\"type\":\"string\"}") "}") "}", "{\"o\":{\"{OPTIONAL|object}\":\"\",\"a\":\"{OPTIONAL|string}\"}}"},
	{OBJ("\"o\":" OBJ("\"a\":{\"type\":\"string\"}") ",\"minProperties\":1}") ",\"required\":[\"o\"]}",
	 "{\"o\":{\"{FILL|object|props:1-}\":\"\",\"a\":\"{OPTIONAL|string}\"}}"},
	{"{\"type\":[\"object\",\"null\"],\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"{FILL|object/null}\":\"\",\"a\":\"{OPTIONAL|string}\"}"},
	{"{\"type\":\"object\"}", "{\"{OPTIONAL|key}\":\"{FILL|any}\"}"},
	{"{\"type\":\"object\",\"additionalProperties\":false}", "{}"},
	{OBJ("\"o\":{\"type\":\"object\",\"additionalProperties\":false}") "}", "{\"o\":{\"{OPTIONAL|object}\":\"\"}}"},
	{OBJ("\"a\":{\"type\":\"string\"}") ",\"additionalProperties\":true}", "{\"a\":\"{OPTIONAL|string}\",\"{OPTIONAL|key}\":\"{FILL|any}\"}"},
	{"{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[a-z]+$\",\"maxLength\":4},\"additionalProperties\":{\"type\":\"integer\"}}",
	 "{\"{OPTIONAL|key|pattern:/^[a-z]+$/|len:-4}\":\"{FILL|integer}\"}"},
	{"{\"type\":\"object\",\"patternProperties\":{\"^x-\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"string\"}}",
	 "{\"{OPTIONAL|key|pattern:/^x-/}\":\"{FILL|integer}\",\"{OPTIONAL|key}\":\"{FILL|string}\"}"},
	{OBJ("\"{FILL|string}\":{\"type\":\"integer\"},\"\\\\{REF:\":{\"type\":\"null\"},\"{x}\":{\"type\":\"boolean\"}") "}",
	 "{\"\\\\{FILL|string}\":\"{OPTIONAL|integer}\",\"\\\\\\\\{REF:\":\"{OPTIONAL|null}\",\"{x}\":\"{OPTIONAL|boolean}\"}"},
	/* arrays */
	{"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", "[\"{FILL|string}\"]"},
	{OBJ("\"a\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}") "}", "{\"a\":[\"{OPTIONAL|string}\"]}"},
	{"{\"type\":\"array\"}", "[\"{FILL|any}\"]"},
	{"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":3,\"uniqueItems\":true}",
	 "[\"{FILL|array|items:1-3|unique}\",\"{FILL|string}\"]"},
	{"{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"}}", "[\"{FILL|array/null}\",\"{FILL|string}\"]"},
	{OBJ("\"a\":{\"type\":\"array\",\"items\":" OBJ("\"b\":{\"type\":\"string\"}") "}}") "}",
	 "{\"a\":[\"{OPTIONAL|array}\",{\"b\":\"{OPTIONAL|string}\"}]}"},
	{"{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}", "[\"{FILL|array}\",[\"{FILL|integer}\"]]"},
	{"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}],\"items\":{\"type\":\"boolean\"}}",
	 "[\"{FILL|array|tuple:2}\",\"{FILL|integer}\",\"{FILL|string}\",\"{FILL|boolean}\"]"},
	{"{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"}],\"items\":false,\"minItems\":1}",
	 "[\"{FILL|array|items:1-1|tuple:1}\",\"{FILL|integer}\"]"},
	{"{\"type\":\"array\",\"items\":false}", "[\"{FILL|array|items:-0}\"]"},
	{"{\"type\":\"array\",\"items\":{\"type\":[\"array\",\"string\"]}}", "[\"{FILL|array}\",\"{FILL|string/array}\"]"},
	/* choices */
	{OBJ("\"v\":{\"anyOf\":[" OBJ("\"a\":{\"type\":\"integer\"}") ",\"title\":\"A b\"},{\"type\":\"array\",\"title\":\"B\",\"items\":{\"type\":\"string\"}},{\"type\":\"string\",\"title\":\"C\"}]}") "}",
	 "{\"v\":{\"{ONE_OF}\":\"{OPTIONAL_ENUM|A_b|B|C}\",\"A_b\":{\"a\":\"{OPTIONAL|integer}\"},\"B\":[\"{FILL|string}\"],\"C\":\"{FILL|string}\"}}"},
	{"{\"anyOf\":[{\"title\":\"x\",\"anyOf\":[" OBJ("\"a\":{\"type\":\"integer\"}") ",\"title\":\"p\",\"required\":[\"a\"]}," OBJ("\"b\":{\"type\":\"integer\"}") ",\"title\":\"q\",\"required\":[\"b\"]}]}," OBJ("\"c\":{\"type\":\"integer\"}") ",\"title\":\"y\",\"required\":[\"c\"]}]}",
	 "{\"{ONE_OF}\":\"{FILL_ENUM|x|y}\",\"x\":{\"{ONE_OF}\":\"{FILL_ENUM|p|q}\",\"p\":{\"a\":\"{FILL|integer}\"},\"q\":{\"b\":\"{FILL|integer}\"}},\"y\":{\"c\":\"{FILL|integer}\"}}"},
	{"{\"anyOf\":[{\"const\":\"off\"}," OBJ("\"a\":{\"type\":\"integer\"}") ",\"title\":\"on\",\"required\":[\"a\"]}]}",
	 "{\"{ONE_OF}\":\"{FILL_ENUM|off|on}\",\"off\":\"{FILL_ENUM|off}\",\"on\":{\"a\":\"{FILL|integer}\"}}"},
	/* text that holds JSON */
	{OBJ("\"p\":{\"type\":\"string\",\"contentMediaType\":\"application/json\",\"contentSchema\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}}") "}",
	 "{\"p\":[\"{OPTIONAL|array|enc:json}\",\"{OPTIONAL|integer}\"]}"},
	{OBJ("\"p\":{\"type\":\"string\",\"contentMediaType\":\"application/json\",\"contentSchema\":{\"type\":\"integer\"}}") "}",
	 "{\"p\":\"{OPTIONAL|integer|enc:json}\"}"},
	/* recursion: the pointer is the template's own */
	{OBJ("\"kids\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}") "}",
	 "{\"kids\":[\"{OPTIONAL|array}\",\"{REF: circular|object|at:/|optional}\"]}"},
	{OBJ("\"n\":{\"$ref\":\"#/$defs/n\"}") ",\"required\":[\"n\"],\"$defs\":{\"n\":" OBJ("\"kids\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/n\"}}") "}}}",
	 "{\"n\":{\"kids\":[\"{OPTIONAL|array|items:1-}\",\"{REF: circular|object|at:/n}\"]}}"},
	{OBJ("\"m\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/n\"}}") ",\"$defs\":{\"n\":" OBJ("\"n\":{\"$ref\":\"#/$defs/n\"}") "}}}",
	 "{\"m\":{\"{OPTIONAL|object}\":\"\",\"{OPTIONAL|key}\":{\"n\":\"{REF: circular|object|at:/m/\\\\{OPTIONAL\\\\|key\\\\}|optional}\"}}}"},
	{"{\"$ref\":\"#/$defs/e\",\"$defs\":{\"e\":{\"anyOf\":[{\"type\":\"string\",\"title\":\"s\"}," OBJ("\"e\":{\"$ref\":\"#/$defs/e\"}") ",\"title\":\"o\",\"required\":[\"e\"]}]}}}",
	 "{\"{ONE_OF}\":\"{FILL_ENUM|s|o}\",\"s\":\"{FILL|string}\",\"o\":{\"e\":\"{REF: circular|string/object|at:/}\"}}"},
	/* what nothing satisfies */
	{OBJ("\"a\":false,\"b\":{\"type\":\"integer\"}") "}", "{\"b\":\"{OPTIONAL|integer}\"}"},
	{OBJ("\"a\":false") ",\"required\":[\"a\"]}", "IMP_E_UNSAT"},
	{OBJ("\"a\":{\"$ref\":\"#\"}") ",\"required\":[\"a\"]}", "IMP_E_LOOP"},
	{OBJ("\"a\":{\"$ref\":\"#/nope\"}") ",\"required\":[\"a\"]}", "IMP_E_REF"},
};

static void
each_rule_renders_exactly(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct encoded e;

		CHECK_STR(template_of(cases[i].schema), cases[i].template);
		if (encode_with(cases[i].schema, DIRECTION_NONE, NULL, NULL, &e) == 0)
			check_is_sound(&e);
	}
}

static void
directions_decide_about_read_only_and_write_only(void)
{
	static const char schema[] = OBJ("\"id\":{\"type\":\"string\",\"readOnly\":true},\"pw\":{\"type\":\"string\",\"writeOnly\":true}")
	    ",\"required\":[\"id\",\"pw\"]}";

	CHECK_STR(template_in(schema, DIRECTION_REQUEST), "{\"id\":\"{AUTO|string|readonly}\",\"pw\":\"{FILL|string}\"}");
	CHECK_STR(template_in(schema, DIRECTION_RESPONSE), "{\"id\":\"{FILL|string|readonly}\"}");
	CHECK_STR(template_in(schema, DIRECTION_NONE), "{\"id\":\"{FILL|string|readonly}\",\"pw\":\"{FILL|string}\"}");
	/* a constant that only the server sets is not sent, so its value is not injected either */
	CHECK_STR(template_in(OBJ("\"k\":{\"const\":1,\"readOnly\":true}") ",\"required\":[\"k\"]}", DIRECTION_REQUEST),
	    "{\"k\":\"{AUTO|integer|readonly}\"}");
}

static void
long_defaults_stay_out(void)
{
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "{\"type\":\"string\",\"default\":\"");
	for (int i = 0; i < 78; i++) /* and two quotes: 80 */
		buf_str(&b, "\xc3\xa9");
	buf_str(&b, "\"}");
	CHECK(strstr(template_of(b.p), "|default:") != NULL);
	b.len -= 2;
	buf_str(&b, "x\"}");
	CHECK_STR(template_of(b.p), "\"{FILL|string}\"");
}

static void
long_lists_are_cut_and_said_to_be(void)
{
	struct encoded e;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "{\"enum\":[");
	for (int i = 0; i < 300; i++)
		buf_printf(&b, "%s\"v%d\"", i ? "," : "", i);
	buf_str(&b, "],\"default\":\"v9\"}");
	CHECK_INT(encode_with(b.p, DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK(strstr(e.template, "|v255||more:44|default:v9}") != NULL);
	CHECK(strstr(e.template, "v256") == NULL);
	CHECK_INT(e.warnings.n, 1);
	CHECK_INT(e.warnings.at[0].code, IMP_W_ENUM_MORE);
	CHECK(strstr(map_of(b.p), "\\\"v299\\\"") != NULL);
	check_is_sound(&e);
}

static void
what_is_left_out_is_warned_about(void)
{
	struct encoded e;

	CHECK_INT(encode_with(OBJ("\"a/b\":{\"$ref\":\"#/$defs/none\"},\"f\":{\"type\":\"string\",\"format\":\"shoe-size\"},\"g\":{\"type\":\"string\",\"format\":\"shoe-size\"}") "}",
	    DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK_STR(e.template, "{\"f\":\"{OPTIONAL|string|format:shoe-size}\",\"g\":\"{OPTIONAL|string|format:shoe-size}\"}");
	CHECK_INT(e.warnings.n, 2);
	CHECK_INT(e.warnings.at[0].code, IMP_W_REF);
	CHECK_STR(e.warnings.at[0].pointer, "/a~1b");
	CHECK_INT(e.warnings.at[1].code, IMP_W_FORMAT_UNKNOWN);
	CHECK_STR(e.warnings.at[1].pointer, "/f");
}

static void
rules_name_their_places_in_template_order(void)
{
	struct encoded e;

	CHECK_INT(encode_with(OBJ("\"a\":{\"type\":\"integer\",\"not\":{\"const\":13}},\"v\":{\"oneOf\":[" OBJ("\"x\":{\"type\":\"integer\"}") ",\"title\":\"one\"}," OBJ("\"x\":{\"type\":\"number\"}") ",\"title\":\"two\"}]}")
	    ",\"dependentRequired\":{\"a\":[\"v\"]}}", DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK_INT(e.n_rules, 3);
	if (e.n_rules != 3)
		return;
	CHECK(strncmp(e.rules[0], "the whole: ", 11) == 0 && strstr(e.rules[0], "'v'"));
	CHECK(strncmp(e.rules[1], "/a: ", 4) == 0 && strstr(e.rules[1], "13"));
	CHECK_STR(e.rules[2], "/v: exactly one of one and two may fit; a value that fits two is refused");
}

static void
bounds_of_text_that_holds_json_stand_in_the_rules(void)
{
	struct encoded e;

	CHECK_INT(encode_with("{\"type\":\"string\",\"maxLength\":40,\"contentMediaType\":\"application/json\",\"contentSchema\":{\"type\":\"integer\"}}",
	    DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK_STR(e.template, "\"{FILL|integer|enc:json}\"");
	CHECK_INT(e.n_rules, 1);
	CHECK_STR(e.n_rules ? e.rules[0] : "", "the whole: written as JSON text it may have at most 40 characters");
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static size_t
points(const char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += ((unsigned char)s[i] & 0xc0) != 0x80;
	return k;
}

static void
check_head(const struct encoded *e)
{
	size_t at = 0;
	char required[32];

	CHECK_INT(points(e->head, strlen(e->head)), 200);
	(void)snprintf(required, sizeof required, "%u required", e->required);
	for (int slot = 0; slot < 4; slot++) {
		size_t from = at, k = 0;
		bool is_blank = true;
		char text[256];

		for (; k < 50 && e->head[at]; k++) {
			is_blank = is_blank && e->head[at] == ' ';
			at++;
			while (((unsigned char)e->head[at] & 0xc0) == 0x80)
				at++;
		}
		CHECK(!is_blank);
		(void)snprintf(text, sizeof text, "%.*s", (int)(at - from), e->head + from);
		if (slot == 0)
			CHECK(strstr(text, required) != NULL);
	}
	CHECK((e->head[0] >= 'A' && e->head[0] <= 'Z') || (e->head[0] >= 'a' && e->head[0] <= 'z'));
}

static void
the_head_is_two_hundred_code_points(void)
{
	static const char *const names[] = {NULL, "", " \n", "POST /v1/charges", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80 wide \xe6\x97\xa5\xe6\x9c\xac",
	    "a name that goes on and on, far beyond what one slot can hold, and then some more of it", "tab\there",
	    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
	    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
	    "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"};
	struct encoded e;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (size_t k = 0; k < sizeof cases / sizeof *cases; k += 5)
			if (encode_with(cases[k].schema, DIRECTION_NONE, NULL, names[i], &e) == 0)
				check_head(&e);
	CHECK_INT(encode_with(OBJ("\"a\":{\"type\":\"string\"}") ",\"required\":[\"a\"]}", DIRECTION_NONE, NULL, "GET /a", &e), 0);
	CHECK(strncmp(e.head, "Type object: 1 required of 1 values", 35) == 0);
	CHECK(strncmp(e.head + 50, "INFO: GET /a ", 13) == 0);
}

/* --- size and depth ----------------------------------------------------------------------------------------------- */

/* Objects of three members, n levels, each a reference to the next: 3^n leaves. */
static char *
bomb(unsigned n, bool is_required)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"$ref\":\"#/$defs/d%u\",\"$defs\":{\"d0\":{\"type\":\"integer\"}", n);
	for (unsigned i = 1; i <= n; i++) {
		buf_printf(&b, ",\"d%u\":" OBJ("\"a\":{\"$ref\":\"#/$defs/d%u\"},\"b\":{\"$ref\":\"#/$defs/d%u\"},\"c\":{\"$ref\":\"#/$defs/d%u\"}"),
		    i, i - 1, i - 1, i - 1);
		buf_str(&b, is_required ? ",\"required\":[\"a\",\"b\",\"c\"]}" : "}");
	}
	buf_str(&b, "}}");
	return buf_take(&b);
}

static unsigned
deepest(const struct jx *v, unsigned depth, unsigned *shallowest)
{
	unsigned most = depth;

	if (v->type == JX_STRING && strncmp(v->u.text.p, "{REF: depth", 11) == 0 && depth < *shallowest)
		*shallowest = depth;
	for (size_t i = 0; v->type == JX_OBJECT && i < v->u.object.n; i++) {
		unsigned below = deepest(v->u.object.at[i].value, depth + 1, shallowest);
		most = below > most ? below : most;
	}
	return most;
}

static void
what_is_too_large_folds_evenly(void)
{
	for (int is_required = 0; is_required < 2; is_required++) {
		static const size_t limits[] = {0, 16384, 4000, 600};
		for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
			struct encode_options opt = {.bytes_max = limits[i]};
			unsigned shallowest = 100;
			struct encoded e;

			CHECK_INT(encode_with(bomb(12, is_required), DIRECTION_NONE, &opt, NULL, &e), 0);
			CHECK(e.template_bytes <= (limits[i] ? limits[i] : 262144));
			CHECK(e.folded > 0);
			CHECK(e.warnings.n_all > 0 && e.warnings.at[0].code == IMP_W_FOLDED);
			CHECK_INT(deepest(parse(e.template, e.template_bytes), 0, &shallowest), shallowest);
			CHECK(strstr(e.template, is_required ? "{REF: depth|object}" : "{REF: depth|object|optional}") != NULL);
			check_is_sound(&e);
			check_head(&e);
		}
	}
}

static void
what_is_optional_folds_before_what_is_required(void)
{
	struct encode_options opt = {.bytes_max = 1200};
	struct encoded e;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, "{\"type\":\"object\",\"properties\":{\"must\":" OBJ("\"deep\":" OBJ("\"deeper\":" OBJ("\"x\":{\"type\":\"integer\"}") ",\"required\":[\"x\"]}") ",\"required\":[\"deeper\"]}") ",\"required\":[\"deep\"]},\"may\":");
	buf_str(&b, "{\"$ref\":\"#/$defs/d6\"}},\"required\":[\"must\"],\"$defs\":");
	buf_str(&b, strstr(bomb(6, false), "{\"d0\""));
	CHECK_INT(encode_with(b.p, DIRECTION_NONE, &opt, NULL, &e), 0);
	CHECK(strstr(e.template, "\"must\":{\"deep\":{\"deeper\":{\"x\":\"{FILL|integer}\"}}}") != NULL);
	CHECK(e.folded > 0);
	check_is_sound(&e);
}

static void
a_wide_object_loses_optional_members_last_of_all(void)
{
	struct encode_options opt = {.bytes_max = 2000};
	struct encoded e;
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, OBJ("\"first\":{\"type\":\"string\"}"));
	b.len--;
	for (int i = 0; i < 500; i++)
		buf_printf(&b, ",\"m%03d\":{\"type\":\"string\"}", i);
	buf_str(&b, "},\"required\":[\"m499\"]}");
	CHECK_INT(encode_with(b.p, DIRECTION_NONE, &opt, NULL, &e), 0);
	CHECK(e.template_bytes <= 2000 && e.template_bytes > 1900);
	CHECK(strstr(e.template, "\"m499\":\"{FILL|string}\"") != NULL);
	CHECK_INT(e.warnings.at[0].code, IMP_W_FOLDED);
	CHECK(strstr(e.warnings.at[0].message, "optional members are left out") != NULL);
	opt.bytes_max = 20;
	CHECK_INT(encode_with(b.p, DIRECTION_NONE, &opt, NULL, &e), -1);
	CHECK_INT(d.at[0].code, IMP_E_SCHEMA);
	CHECK(strstr(d.at[0].message, "the limit is 20") != NULL);
}

static void
the_limit_holds_to_the_byte(void)
{
	struct encoded whole, e;

	CHECK_INT(encode_with(bomb(3, true), DIRECTION_NONE, NULL, NULL, &whole), 0);
	struct encode_options opt = {.bytes_max = whole.template_bytes};
	CHECK_INT(encode_with(bomb(3, true), DIRECTION_NONE, &opt, NULL, &e), 0);
	CHECK_INT(e.folded, 0);
	opt.bytes_max--;
	CHECK_INT(encode_with(bomb(3, true), DIRECTION_NONE, &opt, NULL, &e), 0);
	CHECK(e.folded > 0 && e.template_bytes <= opt.bytes_max);
}

static char *
chain(unsigned n)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\"d%u\":{\"type\":\"integer\"}", n);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, ",\"d%u\":" OBJ("\"k\":{\"$ref\":\"#/$defs/d%u\"}") "}", i, i + 1);
	buf_str(&b, "}}");
	return buf_take(&b);
}

static void
deep_schemas_print_in_full_and_endless_ones_fold(void)
{
	struct encoded e;

	CHECK_INT(encode_with(chain(200), DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK_INT(e.folded, 0);
	check_is_sound(&e);
	CHECK_INT(encode_with(chain(5000), DIRECTION_NONE, NULL, NULL, &e), 0);
	CHECK_INT(e.folded, 1);
	check_is_sound(&e);
}

/* The text of the value at a pointer of the template, compact as encoded. */
static void
write_back(struct buf *b, const struct jx *v)
{
	if (v->type == JX_STRING) {
		buf_printf(b, "\"%s\"", v->u.text.p); /* the bomb's tokens need no escapes */
		return;
	}
	buf_char(b, '{');
	for (size_t i = 0, k = 0; i < v->u.object.n; i++) {
		const struct jx_member *m = &v->u.object.at[i];
		if (strcmp(m->key, "{OPTIONAL|object}") == 0 && b->len == 1)
			continue; /* the part as root is not optional */
		buf_printf(b, "%s\"%s\":", k++ ? "," : "", m->key);
		write_back(b, m->value);
	}
	buf_char(b, '}');
}

static void
a_folded_part_can_be_asked_for_and_composes(void)
{
	struct encode_options small = {.bytes_max = 900}, zoom = {.zoom = "/b/c"};
	struct encoded whole, folded, part;
	const struct jx *full, *there;
	struct buf b;

	CHECK_INT(encode_with(bomb(5, false), DIRECTION_NONE, NULL, NULL, &whole), 0);
	CHECK_INT(encode_with(bomb(5, false), DIRECTION_NONE, &small, NULL, &folded), 0);
	there = jx_pointer(parse(folded.template, folded.template_bytes), "/b/c");
	CHECK(jx_is_str(there, "{REF: depth|object|optional}"));
	CHECK_INT(encode_with(bomb(5, false), DIRECTION_NONE, &zoom, NULL, &part), 0);
	full = parse(whole.template, whole.template_bytes);
	buf_init(&b, a);
	write_back(&b, jx_pointer(full, "/b/c"));
	CHECK_STR(part.template, b.p);
	zoom.zoom = "/b/nope";
	CHECK_INT(encode_with(bomb(5, false), DIRECTION_NONE, &zoom, NULL, &part), -1);
	CHECK_INT(d.at[0].code, IMP_E_OP);
}

static void
zoom_walks_every_kind_of_container(void)
{
	static const char schema[] = OBJ("\"{REF:\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"object\",\"title\":\"m\",\"additionalProperties\":{\"type\":\"integer\",\"minimum\":7}},"
	    "{\"type\":\"string\",\"title\":\"s\",\"contentMediaType\":\"application/json\",\"contentSchema\":" OBJ("\"q~/\":{\"type\":\"boolean\"}") "}}]}}") "}";
	static const struct { const char *zoom, *template; } steps[] = {
		{"/\\{REF:/1/m/{OPTIONAL|key}", "\"{FILL|integer|range:[7,]}\""},
		{"/\\{REF:/1/m/anything", "\"{FILL|integer|range:[7,]}\""},
		{"/\\{REF:/4/s/q~0~1", "\"{FILL|boolean}\""},
		{"/\\{REF:/0", NULL},
		{"/\\{REF:/1/none", NULL},
		{"/\\{REF:/1/m/{FILL|key}", NULL},
		{"x", NULL},
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct encode_options opt = {.zoom = steps[i].zoom};
		struct encoded e;
		int rc = encode_with(schema, DIRECTION_NONE, &opt, NULL, &e);

		CHECK_INT(rc, steps[i].template ? 0 : -1);
		if (rc == 0 && steps[i].template)
			CHECK_STR(e.template, steps[i].template);
	}
}

/* --- determinism, and the map ------------------------------------------------------------------------------------- */

static void
white_space_of_the_schema_does_not_matter(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b;
		bool in_string = false;

		buf_init(&b, a);
		for (const char *p = cases[i].schema; *p; p++) {
			in_string = in_string != (*p == '"' && (p == cases[i].schema || p[-1] != '\\'));
			if (!in_string && strchr("{}[],:", *p)) {
				buf_str(&b, "\n \t");
				buf_char(&b, *p);
				buf_str(&b, "\r\n");
			} else {
				buf_char(&b, *p);
			}
		}
		CHECK_STR(template_of(b.p), cases[i].template);
	}
}

static void
the_map_is_canonical_and_repeats(void)
{
	static const char schema[] = OBJ("\"pay\":{\"oneOf\":[{\"$ref\":\"#/$defs/card\"},{\"$ref\":\"#/$defs/bank\"}]},"
	    "\"kind\":{\"const\":\"x\",\"description\":\"says what\",\"x-vendor\":{\"b\":1.10}},\"again\":{\"$ref\":\"#\"},\"gone\":{\"$ref\":\"#/nope\"}")
	    ",\"required\":[\"kind\"],\"$defs\":{\"card\":" OBJ("\"n\":{\"type\":\"string\"}") "},\"bank\":" OBJ("\"i\":{\"type\":\"integer\"}") "}}}";
	const char *map = map_of(schema);
	const struct jx *v = parse(map, strlen(map)), *part;

	CHECK_STR(map_of(schema), map);
	part = jx_find(jx_find(v, "parts"), "/kind");
	CHECK(jx_is_str(jx_find(part, "auto"), "const"));
	CHECK(jx_is_str(jx_find(part, "description"), "says what"));
	CHECK(strstr(map, "[\"x-vendor\",\"{\\\"b\\\":1.10}\"]") != NULL);
	CHECK(jx_is_str(jx_find(part, "schema"), "#/properties/kind"));
	part = jx_find(jx_find(jx_find(v, "parts"), "/pay"), "choice");
	CHECK(jx_is_str(jx_find(part, "keyword"), "oneOf"));
	CHECK(jx_is_str(jx_find(jx_at(jx_find(part, "branches"), 1), "name"), "bank"));
	part = jx_find(v, "left_out");
	CHECK(jx_is_str(jx_find(jx_find(part, "/again"), "why"), "circular"));
	CHECK(jx_is_str(jx_find(jx_find(part, "/again"), "at"), "/"));
	CHECK(jx_is_str(jx_find(jx_find(part, "/gone"), "why"), "dangling"));
}

int
main(void)
{
	a = arena_new(0);
	RUN(each_rule_renders_exactly);
	RUN(directions_decide_about_read_only_and_write_only);
	RUN(long_defaults_stay_out);
	RUN(long_lists_are_cut_and_said_to_be);
	RUN(what_is_left_out_is_warned_about);
	RUN(rules_name_their_places_in_template_order);
	RUN(bounds_of_text_that_holds_json_stand_in_the_rules);
	RUN(the_head_is_two_hundred_code_points);
	RUN(what_is_too_large_folds_evenly);
	RUN(what_is_optional_folds_before_what_is_required);
	RUN(a_wide_object_loses_optional_members_last_of_all);
	RUN(the_limit_holds_to_the_byte);
	RUN(deep_schemas_print_in_full_and_endless_ones_fold);
	RUN(a_folded_part_can_be_asked_for_and_composes);
	RUN(zoom_walks_every_kind_of_container);
	RUN(white_space_of_the_schema_does_not_matter);
	RUN(the_map_is_canonical_and_repeats);
	arena_free(a);
	return tap_done();
}
