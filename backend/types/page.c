/* SPDX-License-Identifier: Apache-2.0 */
#include "types/page.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/utf8.h"
#include "types/tally.h"

#define HEADINGS_LISTED_MAX 100
#define REFS_LISTED_MAX 100
#define TEXT_BYTES_MAX 200

struct page {
	struct arena *a;
	htmlParserCtxtPtr parser;
	page_ref_fn ref;
	void *arg;
	struct page_facts facts;
	struct buf headings;
	struct jw w;
	struct listing links, images, scripts, externals, forms;
	unsigned depth;
	char text[TEXT_BYTES_MAX + 1]; /* of the title or heading that is open */
	size_t text_n;
	unsigned level; /* 1 to 6; 7: title; 0: neither is open */
	bool is_stopped;
};

bool
url_is_elsewhere(const char *url)
{
	static const char *const schemes[] = {"http:", "https:", "ftp:", "ws:", "wss:", "file:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return url[0] == '/' && url[1] == '/';
}

static const char *
attribute(const xmlChar **at, const char *name)
{
	for (; at && at[0]; at += 2)
		if (strcasecmp((const char *)at[0], name) == 0)
			return at[1] ? (const char *)at[1] : "";
	return NULL;
}

static void
refer(struct page *g, struct listing *list, const char *element, const char *url, bool is_loaded)
{
	if (!url || utf8_check(url, strlen(url)) < strlen(url))
		return;
	while (*url == ' ' || *url == '\n' || *url == '\t')
		url++;
	if (list)
		listing_add(list, url, strlen(url));
	if (is_loaded && url_is_elsewhere(url)) {
		g->facts.externals++;
		listing_add(&g->externals, url, strlen(url));
	}
	if (g->ref)
		g->ref(g->arg, element, url);
}

static bool
link_is_loaded(const char *rel)
{
	static const char *const loaded[] = {
	    "stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"};

	for (size_t i = 0; rel && i < sizeof loaded / sizeof *loaded; i++)
		if (strcasestr(rel, loaded[i]))
			return true;
	return false;
}

static void
take_resource(struct page *g, const char *name, const xmlChar **at)
{
	const char *src = attribute(at, "src");

	if (strcmp(name, "img") == 0) {
		g->facts.images++;
		g->facts.images_without_alt += attribute(at, "alt") == NULL;
		/* A picture that stands in the page itself is counted, not listed. */
		refer(g, src && strncasecmp(src, "data:", 5) == 0 ? NULL : &g->images, name, src, true);
	} else if (strcmp(name, "script") == 0) {
		g->facts.scripts++;
		refer(g, &g->scripts, name, src, true);
	} else if (strcmp(name, "link") == 0) {
		g->facts.styles += attribute(at, "rel") && strcasestr(attribute(at, "rel"), "stylesheet");
		refer(g, NULL, name, attribute(at, "href"), link_is_loaded(attribute(at, "rel")));
	} else if (strcmp(name, "iframe") == 0 || strcmp(name, "frame") == 0 || strcmp(name, "embed") == 0) {
		g->facts.frames++;
		refer(g, NULL, name, src, true);
	} else if (strcmp(name, "object") == 0) {
		g->facts.frames++;
		refer(g, NULL, name, attribute(at, "data"), true);
	} else if (strcmp(name, "source") == 0 || strcmp(name, "video") == 0 || strcmp(name, "audio") == 0 ||
		   strcmp(name, "track") == 0) {
		refer(g, NULL, name, src, true);
		refer(g, NULL, name, attribute(at, "poster"), true);
	} else if (strcmp(name, "form") == 0) {
		g->facts.forms++;
		refer(g, &g->forms, name, attribute(at, "action"), false);
	} else if (strcmp(name, "a") == 0 || strcmp(name, "area") == 0) {
		if (!attribute(at, "href"))
			return;
		g->facts.links++;
		refer(g, &g->links, name, attribute(at, "href"), false);
	}
}

static void
begin(void *arg, const xmlChar *element, const xmlChar **at)
{
	struct page *g = arg;
	const char *name = (const char *)element;

	if (++g->depth > PAGE_DEPTH_MAX) {
		g->facts.is_cut = true;
		g->is_stopped = true;
		xmlStopParser(g->parser);
		return;
	}
	if (strcmp(name, "html") == 0 && attribute(at, "lang") && !g->facts.lang) {
		const char *lang = attribute(at, "lang");
		size_t n = text_cut(lang, strlen(lang), 40);
		if (utf8_check(lang, n) == n)
			g->facts.lang = arena_dup(g->a, lang, n);
	}
	g->facts.styles += strcmp(name, "style") == 0;
	for (const xmlChar **one = at; one && one[0]; one += 2)
		g->facts.handlers += strncasecmp((const char *)one[0], "on", 2) == 0;
	if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !name[2])
		g->level = (unsigned)(name[1] - '0');
	else if (strcmp(name, "title") == 0 && !g->facts.title && g->level == 0)
		g->level = 7;
	else {
		take_resource(g, name, at);
		return;
	}
	g->text_n = 0;
}

static void
characters(void *arg, const xmlChar *p, int n)
{
	struct page *g = arg;

	if (g->level == 0)
		return;
	for (int i = 0; i < n && g->text_n < TEXT_BYTES_MAX; i++) {
		char c = (char)p[i];
		bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
		if (!is_space)
			g->text[g->text_n++] = c;
		else if (g->text_n > 0 && g->text[g->text_n - 1] != ' ')
			g->text[g->text_n++] = ' ';
	}
}

static void
end(void *arg, const xmlChar *element)
{
	struct page *g = arg;
	const char *name = (const char *)element;
	size_t n = g->text_n;

	if (g->depth > 0)
		g->depth--;
	if (g->level == 0 ||
	    !(g->level == 7 ? strcmp(name, "title") == 0 : name[0] == 'h' && name[1] == (char)('0' + g->level)))
		return;
	n = utf8_check(g->text, n); /* what the cut left of a character */
	while (n > 0 && g->text[n - 1] == ' ')
		n--;
	g->text[n] = '\0';
	if (g->level == 7) {
		g->facts.title = arena_dup(g->a, g->text, n);
	} else if (g->facts.headings++ < HEADINGS_LISTED_MAX) {
		jw_object(&g->w, NULL);
		jw_str(&g->w, "text", g->text);
		jw_uint(&g->w, "level", g->level);
		jw_end(&g->w);
	}
	g->level = 0;
}

static void
release(void *arg)
{
	struct page *g = arg;

	if (g->parser)
		htmlFreeParserCtxt(g->parser);
	g->parser = NULL;
}

struct page *
page_new(struct arena *a, page_ref_fn ref, void *arg)
{
	struct page *g = ARENA_NEW(a, struct page);
	htmlSAXHandler sax = {.startElement = begin, .endElement = end, .characters = characters, .cdataBlock = NULL};

	*g = (struct page){.a = a, .ref = ref, .arg = arg};
	g->parser = htmlCreatePushParserCtxt(&sax, g, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	INVARIANT(g->parser != NULL);
	(void)htmlCtxtUseOptions(g->parser,
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_NODEFDTD);
	arena_defer(a, release, g);
	buf_init(&g->headings, a);
	jw_init(&g->w, &g->headings);
	jw_array(&g->w, NULL);
	listing_init(&g->links, a, REFS_LISTED_MAX);
	listing_init(&g->images, a, REFS_LISTED_MAX);
	listing_init(&g->scripts, a, REFS_LISTED_MAX);
	listing_init(&g->externals, a, REFS_LISTED_MAX);
	listing_init(&g->forms, a, REFS_LISTED_MAX);
	return g;
}

void
page_feed(struct page *g, const char *p, size_t n)
{
	while (n > 0 && !g->is_stopped) {
		size_t piece = n < 65536 ? n : 65536;
		(void)htmlParseChunk(g->parser, p, (int)piece, 0);
		p += piece;
		n -= piece;
	}
}

const struct page_facts *
page_end(struct page *g)
{
	if (!g->is_stopped)
		(void)htmlParseChunk(g->parser, NULL, 0, 1);
	release(g);
	jw_end(&g->w);
	return &g->facts;
}

void
page_write(const struct page *g, struct jw *w)
{
	const struct page_facts *f = &g->facts;

	jw_str(w, "title", f->title);
	jw_str(w, "lang", f->lang);
	jw_raw(w, "headings", g->headings.p);
	jw_uint(w, "heading_count", f->headings);
	jw_uint(w, "link_count", f->links);
	jw_uint(w, "image_count", f->images);
	jw_uint(w, "images_without_alt", f->images_without_alt);
	jw_uint(w, "script_count", f->scripts);
	jw_uint(w, "style_count", f->styles);
	jw_uint(w, "form_count", f->forms);
	jw_uint(w, "frame_count", f->frames);
	jw_uint(w, "event_handlers", f->handlers);
	jw_uint(w, "external_count", f->externals);
	listing_write(&g->links, "links", w);
	listing_write(&g->images, "images", w);
	listing_write(&g->scripts, "scripts", w);
	listing_write(&g->externals, "externals", w);
	listing_write(&g->forms, "forms", w);
}
