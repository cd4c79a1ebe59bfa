/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPRINT_ENCODE_PARTS_H
#define IMPRINT_ENCODE_PARTS_H
/*
 * Private to encode*.c, head.c, rules.c and map.c. One walk over the shapes (encode_walk.c) writes the template;
 * rules, warnings and the map are taken down on the same walk, so that their pointers are the template's.
 * When the text grows past its limit the walk stops, and the driver (encode.c) walks again with a lower depth.
 */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "imprint/encode.h"
#include "imprint/shape.h"

#define ENC_DEPTH_MAX 480u /* nesting of a template, below the limits of the readers it goes to */
#define ENC_NO_LIMIT 0xffffffffu
#define ENC_VALUES_MAX 256u
#define ENC_DEFAULT_MAX 80u
#define ENC_CONST_MAX 1024u
#define ENC_RULES_MAX 500u
#define ENC_FOLDS_TOLD 20u
#define ENC_FORMATS_TOLD 32u

/* Where a value stands; decides FILL or OPTIONAL, and what may be left out. */
enum slot_kind { SLOT_ROOT, SLOT_MEMBER, SLOT_ELEMENT, SLOT_KEY, SLOT_BRANCH };
struct slot {
	enum slot_kind kind;
	bool is_required; /* FILL; an element has what its array has */
	bool may_be_left; /* left as printed it is simply not sent */
	bool is_text;     /* the value travels as JSON text in a string */
	bool or_null;     /* and that string may be null instead */
};
/* One step of the way from the root; on the C stack. */
struct frame {
	const struct frame *up;
	const char *key; /* as it stands in the template, NUL not needed; NULL: index */
	size_t key_bytes;
	size_t index;
	unsigned depth;
	const struct shape *shape; /* the container that stands here, once entered */
};
struct enc {
	struct shapes *s;
	struct arena *a;
	enum direction direction;
	struct buf out;   /* the template */
	struct buf token; /* the token being written, not yet quoted */
	/* limits of this walk */
	size_t bytes_max;
	unsigned depth_optional, depth_required;
	size_t values_max;
	size_t optional_max; /* optional members shown of each object */
	bool is_over;
	/* counted on this walk */
	unsigned leaves, required, folded;
	size_t n_cut;
	/* taken down when is_collecting */
	bool is_collecting;
	struct imp_diags warnings;
	const char **rules;
	size_t n_rules, cap_rules, n_rules_all;
	const char **formats_told;
	size_t n_formats_told;
	struct buf *map; /* NULL unless the map is being made; members of "parts", comma-separated */
	struct buf refs; /* members of "left_out" */
	struct map_first *first; /* where each shape stands first; [cap_first], open addressing */
	size_t n_first, cap_first;
};

static inline void
enc_put(struct buf *b, const char *p, size_t n)
{
	if (n < b->cap - b->len) {
		memcpy(b->p + b->len, p, n);
		b->len += n;
		b->p[b->len] = '\0';
	} else {
		buf_add(b, p, n);
	}
}
#define ENC_LIT(b, text) enc_put((b), "" text, sizeof(text) - 1)

/* encode_token.c: what stands between { and }. */
/* enc_token - the token of a scalar, an enum or a constant into e->token. *is_required: it counts as required. */
void enc_token(struct enc *e, const struct shape *shape, const struct slot *slot, bool *is_required);
/* enc_meta - the token of a container ("{FILL|object|props:1-}") or, is_auto, the one that stands for all of it. */
void enc_meta(struct enc *e, const struct shape *shape, const struct slot *slot, bool is_auto);
/* enc_meta_array - the same for arrays: bounds, unique, tuple. */
void enc_meta_array(struct enc *e, const struct shape *shape, const struct slot *slot, const struct span *items, size_t tuple);
/* enc_selector - "{FILL_ENUM|card|bank}". */
void enc_selector(struct enc *e, const struct shape *shape, const struct slot *slot);
/* enc_ref - "{REF: circular|object|at:/a|optional}"; at NULL: "{REF: depth|…}". */
void enc_ref(struct enc *e, const struct shape *shape, const struct slot *slot, const char *at);
/* enc_key_token - "{OPTIONAL|key|pattern:/^x-/}" of shape->keys[i]. */
void enc_key_token(struct enc *e, const struct shape *shape, size_t i);
/* enc_is_meta_due - does the container need a meta entry for anything but its bounds? */
bool enc_is_meta_due(const struct shape *shape, const struct slot *slot);
/* enc_quote - s as a JSON string. */
void enc_quote(struct buf *b, const char *s, size_t n);
/* enc_json - compact text of a parsed value, lexemes kept. */
void enc_json(struct buf *b, const struct jx *v);
/* enc_types_shown - the types that the token of shape names: of its values, of what it is drawn as, or its own. */
unsigned enc_types_shown(const struct shape *shape);
bool enc_is_constant(const struct shape *shape, const struct slot *slot);

/* encode_walk.c */
void enc_value(struct enc *e, struct shape *shape, const struct slot *slot, struct frame *f);
/* enc_is_auto - never filled by the model because only the server may set it. */
bool enc_is_auto(const struct enc *e, const struct shape *shape, const struct slot *slot);
/* enc_pointer - of f in the template, in a; "" is the whole. */
char *enc_pointer(struct arena *a, const struct frame *f);
/* enc_array_plan - how an array is laid out; the decoder's counterpart reads templates the same way. */
struct array_plan {
	bool has_meta;
	bool is_dangling;    /* it ends where a reference leads nowhere */
	size_t n_prefix;     /* positions shown */
	struct shape *rest;  /* NULL: nothing may follow */
	struct span items;
};
void enc_array_plan(struct enc *e, struct shape *shape, const struct slot *slot, struct array_plan *plan);

/* rules.c */
void enc_rules(struct enc *e, const struct shape *shape, const struct frame *f);
/* head.c */
void enc_head(const struct enc *e, const struct shape *root, const struct encode_title *title, size_t template_bytes,
    char out[4 * 200 + 1]);
/* map.c: each appends one entry. */
void enc_map_value(struct enc *e, const struct shape *shape, const struct slot *slot, const struct frame *f);
void enc_map_ref(struct enc *e, const struct frame *f, const char *why, const char *at);
void enc_map_dropped(struct enc *e, const char *name, size_t name_bytes, const struct frame *f, const char *why);
/* encode.c */
/* enc_run - make the template within its limits into e->out: walk, and fold until it fits. -1 in d. */
int enc_run(struct enc *e, struct shape *root, const struct encode_options *opt, struct imp_diags *d);
/* enc_zoom - the shape at a template pointer. */
int enc_zoom(struct enc *e, struct shape *root, const char *pointer, struct shape **out, struct imp_diags *d);
#endif
