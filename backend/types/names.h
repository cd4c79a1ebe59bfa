/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_NAMES_H
#define TYPES_NAMES_H
/* Paths that strangers wrote, in archives, patches and manifests. Inside types/ only. */
#include <stddef.h>
#include <stdint.h>
struct hash_key;

#define NAME_PATH_BYTES_MAX 1024
#define NAME_PART_BYTES_MAX 255 /* what file systems take */

/*
 * name_fault - why a path must not be written below a folder: absolute, a drive letter, "..", a
 * backslash, a control character, not UTF-8, too long, an empty part. NULL: it may. A '/' at the end
 * (a folder) is fine. In words that go behind "the path 'x' ".
 */
const char *name_fault(const char *p, size_t n);
/*
 * name_hash - of a path without the '/' at its end. is_folded: upper and lower case of Latin, Greek
 * and Cyrillic letters taken as one, as file systems of Windows and macOS do.
 */
uint64_t name_hash(const struct hash_key *key, const char *p, size_t n, int is_folded);
/* name_base - the part behind the last '/'. name_extension - behind its last '.', or "". */
const char *name_base(const char *path);
const char *name_extension(const char *path);
/* name_media_type - of a file for the web by its extension; "application/octet-stream" else. */
const char *name_media_type(const char *path);
#endif
