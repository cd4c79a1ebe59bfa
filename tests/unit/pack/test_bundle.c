/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: archives in and out, the kept form, damage of every kind, catalogs with packs added and left out. */
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "pack/bundle.h"
#include "pack/pack.h"
#include "tap.h"

#define PACKS "packs"
#define EXAMPLE "docs/packs/insurance-claims"

static struct bundle
example(struct arena *a)
{
	const struct pack_finding *f;
	struct bundle b = {0};
	struct err err = {0};
	size_t n = 0;

	CHECK_INT(bundle_take(a, EXAMPLE, "example", &b, &f, &n, &err), 0);
	CHECK_INT(n, 0);
	return b;
}

static void
an_archive_gives_back_its_files(void)
{
	struct arena *a = arena_new(0);
	struct bundle b = example(a), again = {0};
	const struct pack_finding *f;
	struct err err = {0};
	char *zip, *zip2;
	size_t n, n2, nf = 0;

	CHECK_INT(b.nfiles, 4);
	CHECK_INT(bundle_zip(a, &b, &zip, &n, &err), 0);
	CHECK_INT(bundle_zip(a, &b, &zip2, &n2, &err), 0);
	CHECK(n == n2 && memcmp(zip, zip2, n) == 0);
	bundle_read(a, zip, n, "again", &again, &f, &nf);
	CHECK_INT(nf, 0);
	CHECK_INT(again.nfiles, b.nfiles);
	for (size_t i = 0; i < again.nfiles; i++) {
		CHECK_STR(again.files[i].path, b.files[i].path);
		CHECK(again.files[i].n == b.files[i].n && memcmp(again.files[i].bytes, b.files[i].bytes, b.files[i].n) == 0);
	}
	arena_free(a);
}

/* An archive that was cut short, or changed in one byte, is whole again or refused; never a part of it. */
static void
a_damaged_archive_is_never_read_in_part(void)
{
	struct arena *a = arena_new(0);
	struct bundle b = example(a);
	struct err err = {0};
	size_t n, wrong = 0;
	char *zip;

	CHECK_INT(bundle_zip(a, &b, &zip, &n, &err), 0);
	for (size_t cut = 0; cut < n; cut += 1 + cut / 97) {
		struct arena *scratch = arena_new(0);
		const struct pack_finding *f;
		struct bundle part = {0};
		size_t nf = 0;

		bundle_read(scratch, arena_dup(scratch, zip, cut), cut, "cut", &part, &f, &nf);
		wrong += nf == 0;
		arena_free(scratch);
	}
	for (size_t at = 0; at < n; at += 11) {
		struct arena *scratch = arena_new(0);
		char *bytes = arena_dup(scratch, zip, n);
		const struct pack_finding *f;
		struct bundle part = {0};
		size_t nf = 0;

		bytes[at] = (char)(bytes[at] ^ 0x41);
		bundle_read(scratch, bytes, n, "changed", &part, &f, &nf);
		if (nf == 0)
			wrong += part.nfiles != b.nfiles && part.nignored == 0;
		arena_free(scratch);
	}
	CHECK_INT(wrong, 0);
	arena_free(a);
}

static void
the_kept_form_is_read_to_the_letter(void)
{
	struct arena *a = arena_new(0);
	struct bundle b = example(a), again = {0};
	struct err err = {0};
	struct buf text;
	size_t taken = 0;

	buf_init(&text, a);
	bundle_format(&b, &text);
	CHECK_INT(bundle_parse(a, text.p, text.len, "kept", &again, &err), 0);
	CHECK_INT(again.nfiles, 4);
	CHECK_STR(again.files[0].path, "domain/insurance-claims.json");
	CHECK(again.files[3].n == b.files[3].n && memcmp(again.files[3].bytes, b.files[3].bytes, b.files[3].n) == 0);
	for (size_t cut = 0; cut < text.len; cut += 7)
		taken += bundle_parse(a, arena_dup(a, text.p, cut), cut, "cut", &again, &err) == 0;
	CHECK_INT(taken, 0);
	CHECK_INT(bundle_parse(a, "forge.bundle.v1 999999\n", 23, "many", &again, &err), -1);
	CHECK_INT(bundle_parse(a, "forge.bundle.v1 1\n99999999999 x\n", 32, "large", &again, &err), -1);
	arena_free(a);
}

static void
a_catalog_is_extended_and_thinned(void)
{
	struct arena *a = arena_new(0);
	struct bundle b = example(a);
	const struct catalog *base = NULL, *full = NULL, *thin;
	const char *const off[] = {"billing-audit"};
	const struct pack_finding *f;
	struct err err = {0};
	size_t nf = 0;

	CHECK_INT(catalog_load(a, PACKS, &base, &err), 0);
	CHECK_INT(catalog_extend(a, base, &b, 1, &full, &f, &nf, &err), 0);
	CHECK_INT(nf, 0);
	CHECK_INT(full->npacks, base->npacks + 1);
	CHECK(catalog_entity(full, "insurance.claim")->pack == catalog_pack(full, "insurance-claims"));
	CHECK(catalog_entity(full, "billing.contract")->pack == catalog_pack(full, "billing-audit"));
	CHECK(catalog_skill_file(full, "/skills/insurance-claims/positions.py") != NULL);
	CHECK(!catalog_pack(base, "insurance-claims"));
	CHECK(strcmp(full->sha256, base->sha256) != 0);
	thin = catalog_without(a, full, off, 1);
	CHECK_INT(thin->npacks, full->npacks - 1);
	CHECK(!catalog_entity(thin, "billing.contract"));
	CHECK(catalog_entity(thin, "insurance.claim")->pack == catalog_pack(thin, "insurance-claims"));
	CHECK(pack_need(a, catalog_pack(full, "data-merge-transform"), catalog_pack(full, "billing-audit")) != NULL);
	CHECK(pack_need(a, catalog_pack(full, "insurance-claims"), catalog_pack(full, "billing-audit")) == NULL);
	CHECK(pack_mentions(catalog_pack(full, "insurance-claims"), catalog_pack(full, "billing-audit")));
	/* the same pack twice */
	const struct bundle twice[] = {b, {.name = "second", .files = b.files, .nfiles = b.nfiles}};
	CHECK_INT(catalog_extend(a, base, twice, 2, &thin, &f, &nf, &err), 0);
	CHECK(nf > 0 && strstr(f[0].message, "exists already") && f[0].line > 1);
	arena_free(a);
}

int
main(void)
{
	RUN(an_archive_gives_back_its_files);
	RUN(a_damaged_archive_is_never_read_in_part);
	RUN(the_kept_form_is_read_to_the_letter);
	RUN(a_catalog_is_extended_and_thinned);
	return tap_done();
}
