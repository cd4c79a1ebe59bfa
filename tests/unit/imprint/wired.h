/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WIRED_H
#define TESTS_WIRED_H
/* A description and a payload in, the request as it travels out. */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jx.h"
#include "imprint/shape.h"
#include "imprint/spec.h"
#include "imprint/wire.h"
#include "schema/yaml.h"

struct wired {
	struct arena *a;
	struct shapes *s;
	struct sloc root;
	struct operation op;
	struct imp_diags d;
	const struct jx *out; /* NULL: refused */
	const char *text;
};

static inline bool
wired_open(struct wired *w, const char *spec)
{
	static const struct shapes_options opt = {.direction = DIRECTION_REQUEST, .formats = true};
	struct registry *reg;
	struct err err;
	struct jx *root;

	*w = (struct wired){.a = arena_new(0)};
	imp_diags_init(&w->d, w->a);
	reg = registry_new(w->a, NULL);
	if (text_parse(w->a, spec, strlen(spec), NULL, &root, &err) < 0 ||
	    registry_add(reg, root, NULL, DIALECT_AUTO, &w->root, &err) < 0) {
		printf("# %s\n", err.msg);
		return false;
	}
	w->s = shapes_new(reg, &opt);
	return true;
}

static inline bool
wired_operation(struct wired *w, const char *op, const char *content_type)
{
	struct operation_name name;

	return spec_find(w->s, w->root, op, w->a, &name, &w->d) == 0 &&
	    spec_operation(w->s, w->root, &name, content_type, w->a, &w->op, &w->d) == 0;
}

static inline bool
wired_write(struct wired *w, const char *payload)
{
	static const struct jx_options opt = {.allow_nul = true, .depth_max = 1024};
	struct jx *in, *out;
	struct buf b;
	struct err err;

	w->out = NULL;
	w->text = "";
	if (jx_parse(w->a, payload, strlen(payload), &opt, &in, &err) < 0) {
		printf("# payload: %s\n", err.msg);
		return false;
	}
	buf_init(&b, w->a);
	if (wire_write(&w->op, in, NULL, w->a, &b, &w->d) < 0)
		return false;
	w->text = buf_take(&b);
	if (jx_parse(w->a, w->text, strlen(w->text), &opt, &out, &err) < 0) {
		printf("# not JSON: %s\n", err.msg);
		return false;
	}
	w->out = out;
	return true;
}

/* All at once, for one-operation descriptions. */
static inline struct wired
wired(const char *spec, const char *payload)
{
	struct wired w;

	if (wired_open(&w, spec) && wired_operation(&w, "op", NULL))
		(void)wired_write(&w, payload);
	return w;
}

static inline const char *
wired_str(const struct wired *w, const char *key)
{
	return jx_str(jx_find(w->out, key), NULL);
}

static inline const char *
wired_warning(const struct wired *w, size_t i)
{
	return i < w->op.warnings.n ? imp_code_name(w->op.warnings.at[i].code) : "(none)";
}

static inline const char *
wired_code(const struct wired *w, size_t i)
{
	return i < w->d.n ? imp_code_name(w->d.at[i].code) : "(none)";
}
#endif
