/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list.h"

#include <stdio.h>

#include "api/http.h"
#include "core/err.h"
#include "core/id.h"

int64_t
list_limit(const struct rq *rq)
{
	return rq_query(rq, "limit")->num + 1;
}

int
list_after_id(const struct rq *rq, char prefix, int64_t dflt, int64_t *out, struct err *err)
{
	const struct value *v = rq_query(rq, "after");

	*out = dflt;
	if (!v->is_set)
		return 0;
	if (id_parse(prefix, v->text, out, NULL) < 0)
		return err_set(err, E_USAGE, "'after' takes what the page before gave as 'next'");
	return 0;
}

const char *
list_after_text(const struct rq *rq)
{
	const struct value *v = rq_query(rq, "after");

	return v->is_set ? v->text : "";
}

void
list_begin(struct list *l, const struct rq *rq, size_t rows)
{
	l->limit = (size_t)rq_query(rq, "limit")->num;
	l->shown = rows < l->limit ? rows : l->limit;
	l->next = NULL;
	buf_init(&l->b, rq->a);
	jw_init(&l->w, &l->b);
	jw_object(&l->w, NULL);
	jw_array(&l->w, "items");
}

int
list_send(struct list *l, struct rq *rq, size_t rows, const char *last)
{
	jw_end(&l->w);
	jw_str(&l->w, "next", rows > l->limit ? last : NULL);
	jw_end(&l->w);
	return rq_json(rq, 200, &l->b);
}

void
jw_id(struct jw *w, const char *key, char prefix, int64_t id)
{
	char text[ID_BYTES];

	id_format(prefix, id, text);
	jw_str(w, key, text);
}

void
jw_us(struct jw *w, const char *key, int64_t us, int is_null)
{
	char text[32];

	if (is_null) {
		jw_null(w, key);
		return;
	}
	(void)snprintf(text, sizeof text, "%lld.%03lld", (long long)(us / 1000), (long long)(us % 1000));
	jw_lexeme(w, key, text);
}
