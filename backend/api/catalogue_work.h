/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CATALOGUE_WORK_H
#define API_CATALOGUE_WORK_H
/* What the files of the catalogue share: an open description, an encoded operation. */
#include <stddef.h>

#include "api/catalogue.h"
#include "imprint/imprint.h"

struct jx;

struct description {
	const struct jx *root;
	struct imprint *im;
	struct imp_diags warnings; /* of opening it */
};
struct envelope {
	const struct jx *document;
	const char *template; /* its text in the envelope */
	size_t template_bytes;
	const struct jx *tree; /* the same parsed */
};
/* description_open - read fd. -1: what was found instead of a description. */
int description_open(struct arena *a, const struct catalogue_work *work, int fd, struct description *out,
    struct err *err);
/* envelope_make - encode one operation in a. 0; -1: findings in d; -2: our own bug, err. */
int envelope_make(struct arena *a, struct description *desc, const char *operation, const char *content_type,
    struct envelope *out, struct imp_diags *d, struct err *err);
/* first_error - the first finding that is no warning; NULL when there is none. */
const struct imp_diag *first_error(const struct imp_diags *d);
#endif
