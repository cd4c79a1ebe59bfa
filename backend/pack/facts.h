/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PACK_FACTS_H
#define PACK_FACTS_H
/*
 * What the compiler knows about one file of the workspace: its name, its hash and its stored profile.
 * The compiler never opens a file. A caller with a database makes these from its rows
 * (artifact_profile_from_json), `forgectl compile` makes them from a folder (pack/workspace.h).
 */
#include "core/digest.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct artifact_profile;
struct column_spec;
struct document_check;
struct entity;
struct err;
struct key_check;
struct table_check;

struct file_facts {
	const char *path; /* workspace path, "attachments/time_entries.csv" */
	char sha256[SHA256_HEX];
	uint64_t bytes;
	const struct artifact_profile *profile; /* never NULL */
};

/*
 * file_port - how the compiler asks for more than the profile says, without opening anything. Both
 * calls may be NULL: then diagnostics show the first wrong value of a column only, and a fan-out is
 * bounded from row and value counts instead of measured.
 * check_values: table_check on the file's bytes. check_key: table_key_check on them.
 * check_document: document_check (pack/document.h) on them; NULL: objects are not held against their entity.
 * An implementation opens the file or blob read-only and passes on what types/table.h says.
 */
struct file_port {
	void *arg;
	int (*check_values)(void *arg, struct arena *a, const struct file_facts *file,
	    const struct column_spec *specs, size_t nspecs, struct table_check *out, struct err *err);
	int (*check_key)(void *arg, struct arena *a, const struct file_facts *file,
	    const char *const *columns, size_t ncolumns, struct key_check *out, struct err *err);
	int (*check_document)(void *arg, struct arena *a, const struct file_facts *file,
	    const struct entity *entity, struct document_check *out, struct err *err);
};
#endif
