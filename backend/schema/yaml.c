/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/yaml.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "core/utf8.h"
#include "schema/yaml_scalar.h"

#define BYTES_MAX_DEFAULT ((size_t)64 << 20) /* as jx_parse */
#define DEPTH_MAX_DEFAULT 128u
#define ALIASED_NODES_MAX 2000000u /* what all aliases together may stand for */
#define KEYS_COMPARED_MAX 8u       /* above this, duplicate keys are found by sorting */
#define TAG_CORE "tag:yaml.org,2002:"

/* A finished subtree, and what it would be if every alias in it were written out. */
struct tree {
	struct jx *node;
	size_t nodes;
	unsigned height;
};

struct anchor {
	char *name; /* NULL: a free place in the table */
	struct tree tree;
	bool is_open; /* still being read: an alias to it would be a circle */
};

struct entry {
	struct jx_member member;
	yaml_mark_t at;
	bool is_merge;
};

struct y {
	struct arena *a;
	struct err *err;
	struct jx_options opt;
	yaml_parser_t parser;
	yaml_event_t event; /* the one at hand */
	bool has_event;
	const char *text, *end;
	const char *counted; /* marks count characters; bytes are counted up to here */
	size_t counted_index;
	struct anchor *anchors; /* open addressing, [anchors_cap], a power of two */
	size_t nanchors, anchors_cap;
	size_t aliased;
};

static int read_node(struct y *y, unsigned depth, struct tree *out);

static int
bad(struct y *y, yaml_mark_t at, const char *words)
{
	return err_set(y->err, E_JSON, "line %zu, column %zu: %s", at.line + 1, at.column + 1, words);
}

static int
next(struct y *y)
{
	yaml_parser_t *p = &y->parser;

	if (y->has_event)
		yaml_event_delete(&y->event);
	y->has_event = yaml_parser_parse(p, &y->event) != 0;
	if (y->has_event)
		return 0;
	if (p->error == YAML_READER_ERROR)
		return err_set(y->err, E_JSON, "byte %zu: %s", p->problem_offset,
		    p->problem ? p->problem : "unreadable");
	return err_set(y->err, E_JSON, "line %zu, column %zu: %s%s%s", p->problem_mark.line + 1,
	    p->problem_mark.column + 1, p->problem ? p->problem : "not YAML", p->context ? ", " : "",
	    p->context ? p->context : "");
}

static size_t
offset_of(struct y *y, size_t index)
{
	if (index < y->counted_index) {
		y->counted = y->text;
		y->counted_index = 0;
	}
	while (y->counted_index < index && y->counted < y->end) {
		y->counted++;
		while (y->counted < y->end && ((unsigned char)*y->counted & 0xc0) == 0x80)
			y->counted++;
		y->counted_index++;
	}
	return (size_t)(y->counted - y->text);
}

static struct jx *
node(struct y *y, enum jx_type type)
{
	struct jx *v = ARENA_NEW(y->a, struct jx);
	yaml_mark_t at = y->event.start_mark;

	v->type = type;
	v->line = (uint32_t)at.line + 1;
	v->column = (uint32_t)at.column + 1;
	v->offset = offset_of(y, at.index);
	return v;
}

/* --- anchors ---------------------------------------------------------------------------------- */

static size_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

static struct anchor *
anchor_place(struct anchor *at, size_t cap, const char *name)
{
	size_t i = hash(name) & (cap - 1);

	while (at[i].name && strcmp(at[i].name, name) != 0)
		i = (i + 1) & (cap - 1);
	return &at[i];
}

static void
anchor_open(struct y *y, const char *name)
{
	struct anchor *p;

	if (y->nanchors * 2 >= y->anchors_cap) {
		size_t cap = y->anchors_cap ? y->anchors_cap * 2 : 64;
		struct anchor *more = ARENA_ARRAY(y->a, cap, struct anchor);
		for (size_t i = 0; i < y->anchors_cap; i++)
			if (y->anchors[i].name)
				*anchor_place(more, cap, y->anchors[i].name) = y->anchors[i];
		y->anchors = more;
		y->anchors_cap = cap;
	}
	p = anchor_place(y->anchors, y->anchors_cap, name);
	if (!p->name) {
		p->name = arena_str(y->a, name);
		y->nanchors++;
	}
	p->is_open = true;
}

static void
anchor_close(struct y *y, const char *name, const struct tree *tree)
{
	struct anchor *p = anchor_place(y->anchors, y->anchors_cap, name);

	p->tree = *tree;
	p->is_open = false;
}

static int
alias(struct y *y, unsigned depth, struct tree *out)
{
	const char *name = (const char *)y->event.data.alias.anchor;
	yaml_mark_t at = y->event.start_mark;
	const struct anchor *p = y->anchors_cap ? anchor_place(y->anchors, y->anchors_cap, name) : NULL;

	if (!p || !p->name)
		return err_set(y->err, E_JSON, "line %zu, column %zu: no anchor '&%.60s' stands before this alias",
		    at.line + 1, at.column + 1, name);
	if (p->is_open)
		return err_set(y->err, E_JSON, "line %zu, column %zu: the alias '*%.60s' stands inside its own anchor",
		    at.line + 1, at.column + 1, name);
	y->aliased += p->tree.nodes;
	if (y->aliased > ALIASED_NODES_MAX)
		return err_set(y->err, E_LIMIT, "line %zu, column %zu: the aliases stand for more than %u values",
		    at.line + 1, at.column + 1, ALIASED_NODES_MAX);
	if (p->tree.height > y->opt.depth_max - depth)
		return err_set(y->err, E_JSON, "line %zu, column %zu: nested deeper than %u levels", at.line + 1,
		    at.column + 1, y->opt.depth_max);
	*out = p->tree;
	return 0;
}

/* --- scalars ---------------------------------------------------------------------------------- */

/* The part of a core tag behind its prefix ("str"); "" when there is none, NULL for a foreign one. */
static const char *
core_tag(const yaml_char_t *tag)
{
	const char *t = (const char *)tag;

	if (!t)
		return "";
	if (strcmp(t, "!") == 0)
		return "str";
	return strncmp(t, TAG_CORE, sizeof TAG_CORE - 1) == 0 ? t + sizeof TAG_CORE - 1 : NULL;
}

static int
foreign_tag(struct y *y, const char *tag)
{
	yaml_mark_t at = y->event.start_mark;

	return err_set(y->err, E_JSON,
	    "line %zu, column %zu: the tag '%.60s' has no meaning in JSON; leave it out or write !!str",
	    at.line + 1, at.column + 1, tag);
}

static int
text_node(struct y *y, enum jx_type type, const char *s, size_t n, struct jx **out)
{
	if (type == JX_STRING && !y->opt.allow_nul && memchr(s, '\0', n))
		return bad(y, y->event.start_mark, "expected no NUL character");
	*out = node(y, type);
	(*out)->u.text.p = arena_dup(y->a, s, n);
	(*out)->u.text.n = n;
	return 0;
}

static int
typed_scalar(struct y *y, enum yaml_scalar kind, struct buf *lexeme, struct jx **out)
{
	switch (kind) {
	case YAML_NULL:
		*out = node(y, JX_NULL);
		return 0;
	case YAML_TRUE:
	case YAML_FALSE:
		*out = node(y, JX_BOOL);
		(*out)->u.boolean = kind == YAML_TRUE;
		return 0;
	case YAML_NUMBER:
		return text_node(y, JX_NUMBER, lexeme->p, lexeme->len, out);
	case YAML_NOT_IN_JSON:
		return bad(y, y->event.start_mark, "JSON has no infinity and no NaN; quote it if text is meant");
	case YAML_TOO_LONG:
		return bad(y, y->event.start_mark, "a number of more than 256 digits; quote it if text is meant");
	case YAML_STRING:
		break;
	}
	NEVER("strings are handled by the caller");
}

static int
scalar(struct y *y, struct jx **out)
{
	const char *s = (const char *)y->event.data.scalar.value;
	size_t n = y->event.data.scalar.length;
	bool plain = y->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *tag = core_tag(y->event.data.scalar.tag), *want = NULL;
	enum yaml_scalar kind;
	struct buf lexeme;

	if (!tag)
		return foreign_tag(y, (const char *)y->event.data.scalar.tag);
	if (strcmp(tag, "str") == 0 || (!*tag && !plain))
		return text_node(y, JX_STRING, s, n, out);
	buf_init(&lexeme, y->a);
	kind = yaml_resolve(s, n, &lexeme);
	if (strcmp(tag, "int") == 0)
		want = kind == YAML_NUMBER && !memchr(s, '.', n) ? NULL : "expected an integer behind !!int";
	else if (strcmp(tag, "float") == 0)
		want = kind == YAML_NUMBER || kind == YAML_NOT_IN_JSON ? NULL : "expected a number behind !!float";
	else if (strcmp(tag, "bool") == 0)
		want = kind == YAML_TRUE || kind == YAML_FALSE ? NULL : "expected true or false behind !!bool";
	else if (strcmp(tag, "null") == 0)
		want = kind == YAML_NULL ? NULL : "expected null behind !!null";
	else if (*tag)
		return foreign_tag(y, (const char *)y->event.data.scalar.tag);
	if (want)
		return bad(y, y->event.start_mark, want);
	return kind == YAML_STRING ? text_node(y, JX_STRING, s, n, out) : typed_scalar(y, kind, &lexeme, out);
}

/* --- collections -------------------------------------------------------------------------------- */

static void *
grown(struct arena *a, void *at, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return at;
	*cap = *cap ? *cap * 2 : 8;
	more = arena_array(a, *cap, size);
	if (n)
		memcpy(more, at, n * size);
	return more;
}

static int
check_collection_tag(struct y *y, const yaml_char_t *tag, const char *own)
{
	const char *t = core_tag(tag);

	if (t && (!*t || strcmp(t, own) == 0 || strcmp((const char *)tag, "!") == 0))
		return 0;
	return foreign_tag(y, (const char *)tag);
}

static int
sequence(struct y *y, unsigned depth, struct tree *out)
{
	struct jx *v = node(y, JX_ARRAY), **at = NULL;
	size_t n = 0, cap = 0;

	if (check_collection_tag(y, y->event.data.sequence_start.tag, "seq") < 0)
		return -1;
	for (;;) {
		struct tree item;
		if (next(y) < 0)
			return -1;
		if (y->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (read_node(y, depth + 1, &item) < 0)
			return -1;
		at = grown(y->a, at, n, &cap, sizeof *at);
		at[n++] = item.node;
		out->nodes += item.nodes;
		if (item.height + 1 > out->height)
			out->height = item.height + 1;
	}
	v->u.array.at = at;
	v->u.array.n = n;
	out->node = v;
	return 0;
}

/* The key at hand, as JSON has it: the text of a scalar, whatever its type (response codes: 200). */
static int
key(struct y *y, struct entry *e)
{
	const char *s;
	size_t n;

	e->at = y->event.start_mark;
	if (y->event.type == YAML_ALIAS_EVENT) {
		struct tree t;
		if (alias(y, 0, &t) < 0)
			return -1;
		if (t.node->type != JX_STRING)
			return bad(y, e->at, "expected a key that is text");
		e->member.key = t.node->u.text.p;
		e->member.key_bytes = t.node->u.text.n;
		return 0;
	}
	if (y->event.type != YAML_SCALAR_EVENT)
		return bad(y, e->at, "expected a key that is text, found a list or a map");
	s = (const char *)y->event.data.scalar.value;
	n = y->event.data.scalar.length;
	if (y->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !y->event.data.scalar.tag) {
		e->is_merge = n == 2 && memcmp(s, "<<", 2) == 0;
		if (n == 0)
			return bad(y, e->at, "expected a key in front of ':'");
	} else if (!core_tag(y->event.data.scalar.tag)) {
		return foreign_tag(y, (const char *)y->event.data.scalar.tag);
	}
	if (!y->opt.allow_nul && memchr(s, '\0', n))
		return bad(y, e->at, "expected no NUL character");
	e->member.key = arena_dup(y->a, s, n);
	e->member.key_bytes = n;
	if (y->event.data.scalar.anchor) {
		struct tree t = {.nodes = 1};
		anchor_open(y, (const char *)y->event.data.scalar.anchor);
		if (text_node(y, JX_STRING, s, n, &t.node) < 0)
			return -1;
		anchor_close(y, (const char *)y->event.data.scalar.anchor, &t);
	}
	return 0;
}

static int
by_key(const void *x, const void *z)
{
	const struct entry *const *a = x, *const *b = z;
	size_t na = (*a)->member.key_bytes, nb = (*b)->member.key_bytes;
	int c = memcmp((*a)->member.key, (*b)->member.key, na < nb ? na : nb);

	if (c)
		return c;
	if (na != nb)
		return na > nb ? 1 : -1;
	return *a < *b ? -1 : *a > *b; /* entries stand in one array: document order */
}

static bool
same_key(const struct entry *a, const struct entry *b)
{
	return a->member.key_bytes == b->member.key_bytes &&
	    memcmp(a->member.key, b->member.key, a->member.key_bytes) == 0;
}

static int
twice(struct y *y, const struct entry *e)
{
	return err_set(y->err, E_JSON, "line %zu, column %zu: the key '%.80s' stands twice in one map",
	    e->at.line + 1, e->at.column + 1, e->member.key);
}

/* Refuse equal keys. sorted: [n], by key and then place. */
static int
check_unique(struct y *y, struct entry *at, size_t n, struct entry **sorted)
{
	for (size_t i = 0; i < n; i++)
		sorted[i] = &at[i];
	qsort(sorted, n, sizeof *sorted, by_key);
	for (size_t i = 1; i < n; i++)
		if (same_key(sorted[i - 1], sorted[i]))
			return twice(y, sorted[i]);
	return 0;
}

/* Members of from that at[n] does not have yet are added behind. */
static int
merge_one(struct y *y, const struct jx *from, yaml_mark_t mark, struct entry **at, size_t *n, size_t *cap,
    struct tree *out)
{
	size_t had = *n;
	struct entry **sorted, *base = *at;

	y->aliased += had + from->u.object.n; /* looking costs too, however little is added */
	if (y->aliased > ALIASED_NODES_MAX)
		return err_set(y->err, E_LIMIT,
		    "line %zu, column %zu: the merged maps stand for more than %u values", mark.line + 1,
		    mark.column + 1, ALIASED_NODES_MAX);
	sorted = ARENA_ARRAY(y->a, had + 1, struct entry *);
	for (size_t i = 0; i < had; i++)
		sorted[i] = &base[i];
	qsort(sorted, had, sizeof *sorted, by_key);
	/* base may move as entries are added: the sorted view keeps the old one, which stays as it was */
	for (size_t i = 0; i < from->u.object.n; i++) {
		struct entry e = {.member = from->u.object.at[i], .at = mark}, *wanted = &e;
		size_t lo = 0, hi = had;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;
			if (same_key(sorted[mid], wanted)) {
				lo = had + 1;
				break;
			}
			if (by_key(&sorted[mid], &wanted) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo > had)
			continue;
		*at = grown(y->a, *at, *n, cap, sizeof **at);
		(*at)[(*n)++] = e;
	}
	out->nodes += from->u.object.n;
	return 0;
}

/* "<<: *base" and "<<: [*a, *b]": what stands in the map itself wins, then the earlier base. */
static int
merge(struct y *y, struct entry **at, size_t *n, size_t *cap, struct tree *out)
{
	size_t m = 0;
	struct entry by = {.is_merge = false};

	while (m < *n && !(*at)[m].is_merge)
		m++;
	if (m == *n)
		return 0;
	by = (*at)[m];
	memmove(*at + m, *at + m + 1, (*n - m - 1) * sizeof **at);
	(*n)--;
	if (jx_is(by.member.value, JX_OBJECT))
		return merge_one(y, by.member.value, by.at, at, n, cap, out);
	for (size_t i = 0; i < jx_size(by.member.value); i++) {
		const struct jx *base = jx_at(by.member.value, i);
		if (!jx_is(base, JX_OBJECT))
			return bad(y, by.at, "expected maps behind '<<'; quote the key if text is meant");
		if (merge_one(y, base, by.at, at, n, cap, out) < 0)
			return -1;
	}
	if (!jx_is(by.member.value, JX_ARRAY))
		return bad(y, by.at, "expected a map behind '<<'; quote the key if text is meant");
	return 0;
}

static int
unique(struct y *y, struct entry *at, size_t n)
{
	if (n > KEYS_COMPARED_MAX)
		return check_unique(y, at, n, ARENA_ARRAY(y->a, n, struct entry *));
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (same_key(&at[k], &at[i]))
				return twice(y, &at[i]);
	return 0;
}

static int
mapping(struct y *y, unsigned depth, struct tree *out)
{
	struct jx *v = node(y, JX_OBJECT);
	struct entry *at = NULL;
	size_t n = 0, cap = 0;

	if (check_collection_tag(y, y->event.data.mapping_start.tag, "map") < 0)
		return -1;
	for (;;) {
		struct entry e = {.is_merge = false};
		struct tree value = {0};
		if (next(y) < 0)
			return -1;
		if (y->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (key(y, &e) < 0 || next(y) < 0 || read_node(y, depth + 1, &value) < 0)
			return -1;
		e.member.value = value.node;
		at = grown(y->a, at, n, &cap, sizeof *at);
		at[n++] = e;
		out->nodes += value.nodes;
		if (value.height + 1 > out->height)
			out->height = value.height + 1;
	}
	if (unique(y, at, n) < 0 || merge(y, &at, &n, &cap, out) < 0)
		return -1;
	v->u.object.at = ARENA_ARRAY(y->a, n, struct jx_member);
	v->u.object.n = n;
	for (size_t i = 0; i < n; i++)
		v->u.object.at[i] = at[i].member;
	out->node = v;
	return 0;
}

static const char *
anchor_name(const yaml_event_t *e)
{
	if (e->type == YAML_SCALAR_EVENT)
		return (const char *)e->data.scalar.anchor;
	return e->type == YAML_MAPPING_START_EVENT ? (const char *)e->data.mapping_start.anchor
						   : (const char *)e->data.sequence_start.anchor;
}

/* The value whose first event is at hand. Recursion is bounded by opt.depth_max. */
static int
read_node(struct y *y, unsigned depth, struct tree *out)
{
	struct tree t = {.nodes = 1, .height = y->event.type == YAML_SCALAR_EVENT ? 0 : 1};
	const char *name;
	int rc;

	if (y->event.type == YAML_ALIAS_EVENT)
		return alias(y, depth, out);
	if (t.height && depth >= y->opt.depth_max)
		return err_set(y->err, E_JSON, "line %zu, column %zu: nested deeper than %u levels",
		    y->event.start_mark.line + 1, y->event.start_mark.column + 1, y->opt.depth_max);
	name = anchor_name(&y->event);
	if (name) {
		name = arena_str(y->a, name);
		anchor_open(y, name);
	}
	if (y->event.type == YAML_SCALAR_EVENT)
		rc = scalar(y, &t.node);
	else if (y->event.type == YAML_SEQUENCE_START_EVENT)
		rc = sequence(y, depth, &t);
	else
		rc = mapping(y, depth, &t);
	if (rc < 0)
		return -1;
	if (name)
		anchor_close(y, name, &t);
	*out = t;
	return 0;
}

static int
document(struct y *y, struct jx **out)
{
	struct tree t = {0};

	if (next(y) < 0 || next(y) < 0) /* the stream's start, the document's start */
		return -1;
	if (y->event.type == YAML_STREAM_END_EVENT)
		return err_set(y->err, E_JSON, "line 1, column 1: expected a value, found the end of the text");
	if (next(y) < 0 || read_node(y, 0, &t) < 0 || next(y) < 0 || next(y) < 0)
		return -1;
	if (y->event.type != YAML_STREAM_END_EVENT)
		return bad(y, y->event.start_mark, "a second document begins here; only one is read");
	*out = t.node;
	return 0;
}

/* The byte order mark that some editors put in front. */
static void
skip_mark(const char **text, size_t *n)
{
	if (*n >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
		*text += 3;
		*n -= 3;
	}
}

/* libyaml compares each %TAG with all before it. A line of a text that begins with % counts too: nobody has that many. */
#define DIRECTIVES_MAX 1000u
static size_t
count_directives(const char *text, size_t n)
{
	size_t count = n && text[0] == '%';

	for (const char *p = memchr(text, '\n', n); p; p = memchr(p, '\n', (size_t)(text + n - p)))
		count += ++p < text + n && *p == '%';
	return count;
}

int
yaml_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	struct y y = {.a = a, .err = err};
	size_t sound, line = 1;
	int rc;

	skip_mark(&text, &n);
	sound = utf8_check(text, n);
	y.text = y.counted = text;
	y.end = text + n;
	if (opt)
		y.opt = *opt;
	if (y.opt.bytes_max == 0)
		y.opt.bytes_max = BYTES_MAX_DEFAULT;
	if (y.opt.depth_max == 0)
		y.opt.depth_max = DEPTH_MAX_DEFAULT;
	if (n > y.opt.bytes_max)
		return err_set(err, E_TOO_LARGE, "%zu bytes of YAML; the limit is %zu", n, y.opt.bytes_max);
	if (sound < n) {
		for (size_t i = 0; i < sound; i++)
			line += text[i] == '\n';
		return err_set(err, E_JSON, "line %zu: expected well-formed UTF-8, found byte 0x%02x", line,
		    (unsigned char)text[sound]);
	}
	if (count_directives(text, n) > DIRECTIVES_MAX)
		return err_set(err, E_LIMIT, "more than %u lines that begin with '%%'; such directives have no use in a schema", DIRECTIVES_MAX);
	if (!yaml_parser_initialize(&y.parser))
		return err_set(err, E_LIMIT, "no memory for reading YAML");
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&y.parser, (const unsigned char *)text, n);
	rc = document(&y, out);
	if (y.has_event)
		yaml_event_delete(&y.event);
	yaml_parser_delete(&y.parser);
	return rc;
}

int
text_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err)
{
	size_t i = 0;

	skip_mark(&text, &n);
	while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r'))
		i++;
	if (i < n && (text[i] == '{' || text[i] == '[' || text[i] == '"'))
		return jx_parse(a, text, n, opt, out, err);
	return yaml_parse(a, text, n, opt, out, err);
}
