/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_YAML_H
#define SCHEMA_YAML_H
/* YAML 1.2 (core schema) read into the same tree as JSON, by libyaml's events: places kept, numbers
 * as lexemes, duplicate keys and non-string keys refused, anchors and aliases expanded under a node
 * budget (no billion laughs), tags other than the core ones refused, one document only. */
#include <stddef.h>
struct arena;
struct err;
struct jx;
struct jx_options;
/* yaml_parse - n bytes; opt as for jx_parse. E_JSON "line L, column C: …", E_TOO_LARGE, E_LIMIT. A byte order mark in front is
 * passed over. */
int yaml_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err);
/* text_parse - JSON when the first non-blank byte can only begin JSON ({ [ or "), else YAML. */
int text_parse(struct arena *a, const char *text, size_t n, const struct jx_options *opt, struct jx **out,
    struct err *err);
#endif
