/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_YAML_SCALAR_H
#define SCHEMA_YAML_SCALAR_H
/* Private to yaml.c: what a plain scalar means in YAML 1.2's core schema (section 10.3.2). */
#include <stdbool.h>
#include <stddef.h>
struct buf;
enum yaml_scalar {
	YAML_STRING,
	YAML_NULL,
	YAML_FALSE,
	YAML_TRUE,
	YAML_NUMBER,      /* its JSON lexeme is in the buf */
	YAML_NOT_IN_JSON, /* .inf, .nan */
	YAML_TOO_LONG     /* a hexadecimal or octal number beyond any use */
};
enum yaml_scalar yaml_resolve(const char *s, size_t n, struct buf *lexeme);
#endif
