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

const char *const *
strings_read(struct arena *a, const struct jx *array, size_t *n)
{
	size_t count = jx_size(array);
	const char **out = ARENA_ARRAY(a, count, const char *);

	for (size_t i = 0; i < count; i++)
		out[i] = jx_str(jx_at(array, i), "");
	*n = count;
	return out;
}

static void
terms_read(struct arena *a, const struct jx *doc, struct pack *out)
{
	size_t n = jx_size(doc);
	struct term *t = ARENA_ARRAY(a, n, struct term);

	for (size_t i = 0; i < n; i++) {
		t[i].word = doc->u.object.at[i].key;
		t[i].synonyms = strings_read(a, doc->u.object.at[i].value, &t[i].nsynonyms);
	}
	out->vocabulary = t;
	out->nvocabulary = n;
}

static void
parts_read(struct arena *a, const struct jx *doc, struct pack *out)
{
	const struct jx *profiles = jx_find(doc, "profiles"), *validators = jx_find(doc, "validators");
	struct pack_profile *f = ARENA_ARRAY(a, jx_size(profiles), struct pack_profile);
	struct validator_rule *v = ARENA_ARRAY(a, jx_size(validators), struct validator_rule);

	for (size_t i = 0; i < jx_size(profiles); i++) {
		const struct jx *d = jx_at(profiles, i);

		f[i].id = jx_str(jx_find(d, "id"), "");
		f[i].kind = jx_str(jx_find(d, "kind"), "");
		f[i].entity = jx_str(jx_find(d, "entity"), "");
		f[i].slot = jx_str(jx_find(d, "slot"), "");
		f[i].says = jx_str(jx_find(d, "says"), "");
	}
	for (size_t i = 0; i < jx_size(validators); i++)
		validator_read(a, jx_at(validators, i), &v[i]);
	out->profiles = f;
	out->nprofiles = jx_size(profiles);
	out->validators = v;
	out->nvalidators = jx_size(validators);
}

void
workflow_read(struct arena *a, const struct jx *doc, struct workflow *out)
{
	const struct jx *profiles = jx_find(doc, "profiles");
	struct workflow_profile *f = ARENA_ARRAY(a, jx_size(profiles), struct workflow_profile);

	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->purpose = jx_str(jx_find(doc, "purpose"), "");
	out->inputs = strings_read(a, jx_find(doc, "inputs"), &out->ninputs);
	out->outputs = strings_read(a, jx_find(doc, "outputs"), &out->noutputs);
	out->triggers = strings_read(a, jx_find(doc, "triggers"), &out->ntriggers);
	out->disambiguation =
	    disambiguation_read(a, jx_find(doc, "disambiguation"), &out->ndisambiguation);
	for (size_t i = 0; i < jx_size(profiles); i++) {
		const struct jx *d = jx_at(profiles, i);

		f[i].id = jx_str(d, NULL);
		f[i].kind = jx_str(jx_find(d, "kind"), NULL);
		f[i].slot = jx_str(jx_find(d, "slot"), NULL);
		f[i].entity = jx_str(jx_find(d, "entity"), NULL);
	}
	out->profiles = f;
	out->nprofiles = jx_size(profiles);
	out->document = doc;
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
	out->triggers = strings_read(l->a, jx_find(doc, "triggers"), &out->ntriggers);
	out->example_goals = strings_read(l->a, jx_find(doc, "example_goals"), &out->nexample_goals);
	out->file = file;
	out->document = doc;
	out->is_generic = jx_bool(jx_find(doc, "generic"), false);
	out->disambiguation =
	    disambiguation_read(l->a, jx_find(doc, "disambiguation"), &out->ndisambiguation);
	terms_read(l->a, jx_find(doc, "vocabulary"), out);
	parts_read(l->a, doc, out);
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
	out->triggers = strings_read(l->a, jx_find(doc, "triggers"), &out->ntriggers);
	out->example_goals = strings_read(l->a, jx_find(doc, "example_goals"), &out->nexample_goals);
	out->files = f;
	out->nfiles = jx_size(files);
	for (size_t i = 0; i < out->nfiles; i++) {
		const struct jx *d = jx_at(files, i);

		f[i].name = jx_str(jx_find(d, "name"), "");
		f[i].entity = jx_str(jx_find(d, "entity"), NULL);
		f[i].kinds = strings_read(l->a, jx_find(d, "kinds"), &f[i].nkinds);
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
	out->document = doc;
	out->file = file;
	if (doc_hash(l->a, doc, out->sha256, &err) < 0)
		pack_find_add(l, file, "", 0, "%s", err.msg);
}

void
policy_read(const struct jx *doc, struct policy *out)
{
	const struct jx *settings = jx_find(doc, "settings");

	out->id = jx_str(jx_find(doc, "id"), "");
	out->version = jx_str(jx_find(doc, "version"), "");
	out->label = jx_str(jx_find(doc, "label"), "");
	out->purpose = jx_str(jx_find(doc, "purpose"), "");
#define SETTING(name, words) out->name = jx_bool(jx_find(settings, #name), false);
#include "pack/policy.def"
#undef SETTING
	out->refuses_date_order = jx_is_str(jx_find(settings, "date_order"), "refuse");
	out->needs_criteria = jx_is_str(jx_find(settings, "criteria"), "required");
	out->repair = jx_str(jx_pointer(settings, "/repair/strategy"), "retry");
	out->max_retries = (unsigned)jx_int(jx_pointer(settings, "/repair/max_retries"), 0);
	out->document = doc;
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
	out->allow_private = strings_read(a, jx_find(egress, "allow_private"), &out->nallow_private);
	out->deny_packs = strings_read(a, jx_pointer(doc, "/deny/packs"), &out->ndeny_packs);
	out->deny_playbooks = strings_read(a, jx_pointer(doc, "/deny/playbooks"), &out->ndeny_playbooks);
	out->deny_skills = strings_read(a, jx_pointer(doc, "/deny/skills"), &out->ndeny_skills);
	out->deny_tools = strings_read(a, jx_pointer(doc, "/deny/tools"), &out->ndeny_tools);
	out->document = doc;
	return doc_hash(a, doc, out->sha256, err);
}
