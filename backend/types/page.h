/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_PAGE_H
#define TYPES_PAGE_H
/*
 * What an HTML page holds, by libxml2's push parser: no tree, no network, no entities but HTML's
 * own. Memory: a few times the page at worst, so that callers give at most PAGE_BYTES_MAX. Inside
 * types/ only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct jw;
struct page;

#define PAGE_BYTES_MAX ((uint64_t)8 << 20)
#define PAGE_DEPTH_MAX 512u

/* A reference: the element ("a", "img", "script", …) and the URL as it stands. */
typedef void (*page_ref_fn)(void *arg, const char *element, const char *url);

struct page_facts {
	const char *title; /* NULL: none */
	const char *lang;
	uint64_t headings, links, images, images_without_alt, scripts, styles, forms, frames, handlers;
	uint64_t externals; /* resources that load from elsewhere: scripts, styles, images, frames, fonts */
	bool is_cut;        /* nested deeper than PAGE_DEPTH_MAX: the rest was not read */
};
/* page_new - ref may be NULL. It is freed with a, or by page_end. */
struct page *page_new(struct arena *a, page_ref_fn ref, void *arg);
void page_feed(struct page *g, const char *p, size_t n);
const struct page_facts *page_end(struct page *g);
/* page_write - after page_end: members of the summary into the open object. */
void page_write(const struct page *g, struct jw *w);
/* url_is_elsewhere - it has a scheme that loads something, or a host; data: and # have none. */
bool url_is_elsewhere(const char *url);
#endif
