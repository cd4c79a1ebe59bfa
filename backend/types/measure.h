/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_MEASURE_H
#define TYPES_MEASURE_H
/* Parse verdicts over all bytes of what is not a table: JSON, text, HTML, PDF. Used by profile.c. */
#include "types/kind.h"
struct arena;
struct artifact_profile;
struct err;
/* measure_json - strict RFC 8259 over at most 64 MiB; sets top_level, or the fault. E_IO. */
int measure_json(struct arena *a, int fd, struct artifact_profile *out, struct err *err);
/* measure_other - by format: text must be UTF-8 without NUL; HTML must also begin like a document and be
 * closed; a PDF must have its header, a cross-reference and its end. Others: no verdict but their magic. */
int measure_other(struct arena *a, int fd, enum format format, struct artifact_profile *out, struct err *err);
#endif
