/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TYPES_ZIP_H
#define TYPES_ZIP_H
/*
 * ZIP archives of strangers, read and never unpacked to a place: first all that the directory says,
 * then every byte of every member through zlib, checksums compared. Source: PKWARE APPNOTE 6.3.10.
 * Inside types/ only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "types/hash.h"
#include "types/mem.h"
#include "types/names.h"
struct arena;
struct err;

#define ZIP_ENTRIES_MAX 100000u
#define ZIP_DIRECTORY_BYTES_MAX ((uint64_t)32 << 20)
#define ZIP_UNPACKED_BYTES_MAX ((uint64_t)4 << 30) /* of all members, those of archives inside included */
#define ZIP_RATIO_MAX 200u                         /* unpacked to packed, of a member */
#define ZIP_RATIO_BYTES_MIN ((uint64_t)1 << 20)    /* what unpacks to less harms nobody */
#define ZIP_NESTING_MAX 3u                         /* archives in archives in … below the outer one */
#define ZIP_NESTED_BYTES_MAX ((uint64_t)256 << 20) /* larger ones inside are listed and not looked into */
#define ZIP_NESTED_MAX 1000u                       /* so many are looked into */

struct zip_entry {
	uint64_t at;     /* of its local header */
	uint64_t packed; /* bytes */
	uint64_t bytes;
	uint64_t hash;   /* of the path: name_hash */
	uint64_t folded;
	uint64_t dir_at; /* of its entry in the directory */
	uint32_t crc;
	uint16_t method; /* 0 stored, 8 deflated */
	uint16_t name_bytes;
	bool is_dir;
};
struct zip {
	struct arena *a;
	int fd;
	uint64_t file_bytes;
	struct hash_key key;
	struct mem entries; /* struct zip_entry[n], in the order of `at` */
	size_t n;
	uint64_t bytes;     /* that the directory promises */
	char fault[400];    /* why it is refused: a sentence with the way out; "" sound */
	uint64_t fault_at;
	bool is_limit;      /* fault: a limit was passed */
};
/*
 * zip_open - read and check the directory: z->fault[0] says whether it is sound. Refused: more
 * entries or bytes than the limits, members that share bytes, encrypted or otherwise packed ones,
 * names that escape, repeat, or differ in case only, links and special files. -1: E_IO.
 * Memory: 56 bytes for an entry.
 */
int zip_open(struct zip *z, struct arena *a, int fd, uint64_t file_bytes, struct err *err);
void zip_close(struct zip *z);
/* zip_name - a member's path into out, NUL-terminated; it was checked. -1: E_IO. */
int zip_name(struct zip *z, const struct zip_entry *e, char out[NAME_PATH_BYTES_MAX + 1], struct err *err);
/* A piece of a member's bytes; false: no more is wanted (the rest is still checked). */
typedef bool (*zip_take_fn)(void *arg, const char *p, size_t n);
/* zip_read - all of a member, in pieces, against its size and checksum. z->fault says more. -1: E_IO. */
int zip_read(struct zip *z, const struct zip_entry *e, zip_take_fn take, void *arg, struct err *err);
/* zip_refuse - set the fault, once. */
void zip_refuse(struct zip *z, bool is_limit, uint64_t at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
#endif
