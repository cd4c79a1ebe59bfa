/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/jw.h"
#include "core/jx.h"

void
list_init(struct list *l, struct arena *a, size_t size)
{
	*l = (struct list){.a = a, .size = size};
}

void *
list_add(struct list *l)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		char *at = arena_array(l->a, cap, l->size);

		if (l->n > 0)
			memcpy(at, l->at, l->n * l->size);
		l->at = at;
		l->cap = cap;
	}
	return l->at + l->size * l->n++;
}

int
doc_hash(struct arena *a, const struct jx *doc, char out[SHA256_HEX], struct err *err)
{
	struct buf b;

	buf_init(&b, a);
	if (jw_canonical(&b, doc, err) < 0)
		return -1;
	sha256_hex(b.p, b.len, out);
	return 0;
}

static const char *const *
strings(struct arena *a, const struct jx *array, size_t *n)
{
	size_t count = jx_size(array);
	const char **out = ARENA_ARRAY(a, count, const char *);

	for (size_t i = 0; i < count; i++)
		out[i] = jx_str(jx_at(array, i), "");
	*n = count;
	return out;
}

static void
column_read(struct arena *a, const struct jx *doc, struct column *out)
{
	out->name = jx_str(jx_find(doc, "name"), "");
	out->type = jx_str(jx_find(doc, "type"), "");
	out->unit = jx_str(jx_find(doc, "unit"), NULL);
	out->is_required = jx_bool(jx_find(doc, "required"), false);
	out->is_tolerant = jx_bool(jx_find(doc, "tolerant"), false);
	out->is_nullable = jx_bool(jx_find(doc, "nullable"), false);
	out->synonyms = strings(a, jx_find(doc, "synonyms"), &out->nsynonyms);
	out->values = strings(a, jx_find(doc, "values"), &out->nvalues);
}

/* One name means one column, whether it is the column's own or a synonym. */
static void
column_check(struct loader *l, const char *file, const struct jx *doc, const char *pointer,
    const struct entity *e, size_t index)
{
	const struct column *c = &e->columns[index];
	const struct jx *at = jx_at(jx_find(doc, "columns"), index);
	const char *where = arena_printf(l->a, "%s/columns/%zu", pointer, index);

	if ((strcmp(c->type, "enum") == 0) != (c->nvalues > 0))
		pack_find_add(l, file, where, at->line,
		    "column '%s': `values` goes with type enum, and only with it", c->name);
	for (size_t i = 0; i < index; i++) {
		const struct column *o = &e->columns[i];

		if (strcmp(o->name, c->name) == 0)
			pack_find_add(l, file, where, at->line, "two columns named '%s'", c->name);
		for (size_t s = 0; s < c->nsynonyms; s++)
			if (strcmp(o->name, c->synonyms[s]) == 0)
				pack_find_add(l, file, where, at->line,
				    "the synonym '%s' of '%s' is another column's name",
				    c->synonyms[s], c->name);
		for (size_t s = 0; s < o->nsynonyms; s++) {
			if (strcmp(o->synonyms[s], c->name) == 0)
				pack_find_add(l, file, where, at->line,
				    "'%s' is a synonym of column '%s'", c->name, o->name);
			for (size_t t = 0; t < c->nsynonyms; t++)
				if (strcmp(o->synonyms[s], c->synonyms[t]) == 0)
					pack_find_add(l, file, where, at->line,
					    "the synonym '%s' stands for both '%s' and '%s'",
					    c->synonyms[t], o->name, c->name);
		}
	}
}

static void
entity_read(struct loader *l, const char *file, const struct jx *doc, const char *pointer,
    struct entity *out)
{
	const struct jx *columns = jx_find(doc, "columns");
	size_t n = jx_size(columns);
	struct column *c = ARENA_ARRAY(l->a, n, struct column);

	out->id = jx_str(jx_find(doc, "id"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->key = strings(l->a, jx_find(doc, "key"), &out->nkey);
	out->columns = c;
	out->ncolumns = n;
	for (size_t i = 0; i < n; i++)
		column_read(l->a, jx_at(columns, i), &c[i]);
	for (size_t i = 0; i < n; i++)
		column_check(l, file, doc, pointer, out, i);
	for (size_t k = 0; k < out->nkey; k++) {
		size_t i = 0;

		while (i < n && strcmp(c[i].name, out->key[k]) != 0)
			i++;
		if (i == n || !c[i].is_required)
			pack_find_add(l, file, arena_printf(l->a, "%s/key/%zu", pointer, k),
			    jx_find(doc, "key")->line, "key column '%s' of %s %s", out->key[k],
			    out->id, i == n ? "is not one of its columns" : "is not required");
	}
}

void
pack_read(struct loader *l, const char *file, const struct jx *doc, struct pack *out)
{
	const struct jx *entities = jx_find(doc, "entities");
	size_t n = jx_size(entities);
	struct entity *e = ARENA_ARRAY(l->a, n, struct entity);
	struct err err;

	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->purpose = jx_str(jx_find(doc, "purpose"), "");
	out->triggers = strings(l->a, jx_find(doc, "triggers"), &out->ntriggers);
	out->example_goals = strings(l->a, jx_find(doc, "example_goals"), &out->nexample_goals);
	out->entities = e;
	out->nentities = n;
	for (size_t i = 0; i < n; i++) {
		e[i].pack = out;
		entity_read(l, file, jx_at(entities, i), arena_printf(l->a, "/entities/%zu", i),
		    &e[i]);
	}
	if (doc_hash(l->a, doc, out->sha256, &err) < 0)
		pack_find_add(l, file, "", 0, "%s", err.msg);
}

void
playbook_read(struct loader *l, const char *file, const struct jx *doc, struct playbook *out)
{
	const struct jx *files = jx_find(doc, "files"), *settings = jx_find(doc, "settings");
	struct playbook_file *f = ARENA_ARRAY(l->a, jx_size(files), struct playbook_file);
	struct playbook_setting *s =
	    ARENA_ARRAY(l->a, jx_size(settings), struct playbook_setting);
	struct err err;

	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->pack = jx_str(jx_find(doc, "pack"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->triggers = strings(l->a, jx_find(doc, "triggers"), &out->ntriggers);
	out->example_goals = strings(l->a, jx_find(doc, "example_goals"), &out->nexample_goals);
	out->files = f;
	out->nfiles = jx_size(files);
	for (size_t i = 0; i < out->nfiles; i++) {
		const struct jx *d = jx_at(files, i);

		f[i].name = jx_str(jx_find(d, "name"), "");
		f[i].entity = jx_str(jx_find(d, "entity"), NULL);
		f[i].kinds = strings(l->a, jx_find(d, "kinds"), &f[i].nkinds);
		f[i].is_required = jx_bool(jx_find(d, "required"), true);
		f[i].rows_max = (uint64_t)jx_int(jx_find(d, "rows_max"), 0);
		for (size_t k = 0; k < i; k++)
			if (strcmp(f[k].name, f[i].name) == 0)
				pack_find_add(l, file, arena_printf(l->a, "/files/%zu/name", i),
				    d->line, "two files named '%s'", f[i].name);
	}
	out->settings = s;
	out->nsettings = jx_size(settings);
	for (size_t i = 0; i < out->nsettings; i++) {
		const struct jx *d = jx_at(settings, i);

		s[i].name = jx_str(jx_find(d, "name"), "");
		s[i].from = jx_str(jx_find(d, "from"), "");
		s[i].value = jx_str(jx_find(d, "default"), NULL);
		s[i].is_required = jx_bool(jx_find(d, "required"), true);
	}
	out->candidate = jx_find(doc, "candidate");
	if (doc_hash(l->a, doc, out->sha256, &err) < 0)
		pack_find_add(l, file, "", 0, "%s", err.msg);
}

void
policy_read(struct arena *a, const struct jx *doc, struct policy *out)
{
	(void)a;
	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->may_adapt = jx_bool(jx_pointer(doc, "/binding/adapters"), false);
	out->may_bind_generic = jx_bool(jx_pointer(doc, "/binding/generic"), false);
	out->needs_criteria = jx_is_str(jx_find(doc, "criteria"), "required");
	out->needs_gate = jx_is_str(jx_find(doc, "effects"), "gated");
	out->repair = jx_str(jx_pointer(doc, "/repair/strategy"), "retry");
	out->max_retries = (unsigned)jx_int(jx_pointer(doc, "/repair/max_retries"), 0);
}

static void
limits_read(const struct jx *doc, struct limits *out)
{
	const struct {
		const char *name;
		uint64_t *to;
	} field[] = {
	    {"wall_ms", &out->wall_ms},           {"cpu_ms", &out->cpu_ms},
	    {"memory_bytes", &out->memory_bytes}, {"pids", &out->pids},
	    {"output_bytes", &out->output_bytes}, {"output_files", &out->output_files},
	    {"work_bytes", &out->work_bytes},     {"stdio_bytes", &out->stdio_bytes},
	};

	for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
		*field[i].to = (uint64_t)jx_int(jx_find(doc, field[i].name), 1);
}

int
profile_read(struct arena *a, const struct jx *doc, struct profile *out, struct err *err)
{
	const struct jx *egress = jx_find(doc, "egress");

	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->provider = jx_str(jx_find(doc, "provider"), "offline");
	out->policy = jx_str(jx_find(doc, "policy"), "");
	out->max_parallel = (unsigned)jx_int(jx_find(doc, "max_parallel"), 1);
	out->max_replans = (unsigned)jx_int(jx_find(doc, "max_replans"), 0);
	out->max_steps = (unsigned)jx_int(jx_find(doc, "max_steps"), 1);
	limits_read(jx_find(doc, "limits"), &out->limits);
	limits_read(jx_find(doc, "limits_max"), &out->limits_max);
	out->egress_calls_max = (uint64_t)jx_int(jx_find(egress, "calls_max"), 0);
	out->egress_items_max = (uint64_t)jx_int(jx_find(egress, "items_max"), 1);
	out->egress_bytes_max = (uint64_t)jx_int(jx_find(egress, "bytes_max"), 1);
	out->allow_private = strings(a, jx_find(egress, "allow_private"), &out->nallow_private);
	out->document = doc;
	return doc_hash(a, doc, out->sha256, err);
}
