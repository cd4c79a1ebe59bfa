/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_LIST_H
#define API_LIST_H
/* Lists: one page is asked for with one row more than it shows, which tells whether there is a next. */
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/jw.h"

struct err;
struct rq;

struct list {
	struct buf b;
	struct jw w;
	size_t limit;
	size_t shown; /* rows of this page */
	const char *next; /* cursor behind the last one; NULL at the end */
};

/* list_limit - rows to ask for: the page's limit and one. */
int64_t list_limit(const struct rq *rq);
/* list_after_id - the cursor as an id with that prefix; dflt when absent. E_USAGE for another text. */
int list_after_id(const struct rq *rq, char prefix, int64_t dflt, int64_t *out, struct err *err);
/* list_after_text - the cursor as text; "" when absent. */
const char *list_after_text(const struct rq *rq);
/* list_begin - {"items":[ ; rows: how many came. */
void list_begin(struct list *l, const struct rq *rq, size_t rows);
/* list_send - ],"next":…} with the cursor of the last row shown; it is used only if more came. */
int list_send(struct list *l, struct rq *rq, size_t rows, const char *last);

/* jw_id - a public id at key. */
void jw_id(struct jw *w, const char *key, char prefix, int64_t id);
/* jw_us - microseconds as milliseconds with up to three decimals, or null when is_null. */
void jw_us(struct jw *w, const char *key, int64_t us, int is_null);
#endif
