/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H
/*
 * The blob store: a local directory (FORGE_BLOBS) whose files are named by the SHA-256 of their
 * bytes, "<first two digits>/<64 digits>", and are never changed. A blob is written to
 * "tmp/<random>" while it is hashed, made durable (fsync), made read-only (0444) and only then
 * linked under its name; the same bytes a second time are one file. Whoever dies in between leaves
 * a file in tmp/ and nothing else; blob_store_sweep removes those that no living writer holds.
 *
 * Processes of several uids share a store through its group: directories are 02770 whatever the
 * umask, so files take the group of the store. One struct blob_store may be used by many threads
 * at once; a writer belongs to one thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/digest.h"
struct arena;
struct err;

#define BLOB_NAME_BYTES 68 /* "ab/" + 64 digits + NUL: the blob's path below the store */

struct blob_store {
	int dir_fd;
	int tmp_fd;
	const char *path;
};
struct blob_ref {
	char sha256[SHA256_HEX];
	uint64_t bytes;
};
/*
 * A blob being written: open (being added to), then sealed (hashed, nothing can be added, no name
 * yet), then over. The caller places it (stack or arena); zeroed it is over. Fields are the store's
 * own, but ref and fd may be read while it is sealed: fd reads the bytes that will be stored.
 */
struct blob_writer {
	const struct blob_store *store;
	struct digest *digest; /* while open */
	bool is_sealed;
	struct blob_ref ref;
	uint64_t bytes_max;
	int fd;
	char tmp_name[33];
};

enum blob_check {
	BLOB_CHECK_SIZE, /* the size must be the expected one */
	BLOB_CHECK_HASH, /* and every byte is read and hashed before the descriptor is handed out */
};

/*
 * blob_store_open - open the store at path, making its directories where they are missing.
 *
 * a:    what out and its descriptors live in; they are closed with it
 * Returns 0, or -1: E_IO naming the path.
 */
int blob_store_open(struct arena *a, const char *path, struct blob_store **out, struct err *err);

/*
 * blob_store_sweep - remove what dead writers left in tmp/, and make the folders that blobs go to.
 * Safe beside living writers of any process: they hold a lock on their file. Call once at a program's
 * start.
 *
 * removed: how many files went; may be NULL
 * Returns 0, or -1 E_IO.
 */
int blob_store_sweep(const struct blob_store *s, size_t *removed, struct err *err);

/*
 * blob_writer_open - begin a blob of at most bytes_max bytes. End it with blob_writer_finish or
 * blob_writer_abort. Returns 0, or -1 E_IO (w then needs no abort).
 */
int blob_writer_open(const struct blob_store *s, uint64_t bytes_max, struct blob_writer *w,
    struct err *err);

/*
 * blob_writer_add - append n bytes. Returns 0, or -1: E_TOO_LARGE beyond bytes_max, E_IO (no space,
 * for instance); the writer must then be aborted.
 */
int blob_writer_add(struct blob_writer *w, const void *p, size_t n, struct err *err);

/*
 * blob_writer_finish - make the blob durable and give it its name. The writer is over either way.
 *
 * out:  hash and size; set on success only
 * Returns 0, or -1 E_IO.
 */
int blob_writer_finish(struct blob_writer *w, struct blob_ref *out, struct err *err);

/* blob_writer_abort - drop what was written, sealed or not. A writer that is over is fine. */
void blob_writer_abort(struct blob_writer *w);

/*
 * blob_writer_seal, blob_publish - blob_writer_finish in two parts, for several blobs at once: the disk
 * is asked to hurry for all of them together, which costs little more than for one.
 *
 * blob_writer_seal: end the writing; w->ref and w->fd may be read then. E_IO; the writer is over then.
 * blob_publish: make all n durable and name them. They are over either way. Writers that are over
 * already are passed over. Returns 0, or -1 E_IO; some may have their names then, which harms nobody.
 */
int blob_writer_seal(struct blob_writer *w, struct err *err);
int blob_publish(struct blob_writer *const *w, size_t n, struct err *err);

/* blob_put - store n bytes of memory. Returns 0, or -1 E_IO. */
int blob_put(const struct blob_store *s, const void *p, size_t n, struct blob_ref *out,
    struct err *err);

/*
 * blob_put_fd - store a whole file, from its first byte to its end, wherever its offset stands. Uses
 * the file system's own copy where there is one; the hash is always of the bytes that were stored,
 * never of a second reading of the source.
 *
 * fd:        a regular file, open for reading; its offset is left alone
 * bytes_max: E_TOO_LARGE beyond
 * Returns 0, or -1: E_TOO_LARGE, E_IO.
 */
int blob_put_fd(const struct blob_store *s, int fd, uint64_t bytes_max, struct blob_ref *out,
    struct err *err);
/* blob_take_fd - the same up to the sealed writer; blob_publish it, or abort. */
int blob_take_fd(const struct blob_store *s, int fd, uint64_t bytes_max, struct blob_writer *w,
    struct err *err);

/*
 * blob_open - open a blob for reading.
 *
 * sha256:  64 lower-case hex digits
 * bytes:   its expected size, or UINT64_MAX where the caller does not know
 * check:   BLOB_CHECK_HASH reads the whole file first
 * fd:      close it; O_RDONLY | O_CLOEXEC, at offset 0
 * size:    the blob's size; may be NULL
 * Returns 0, or -1: E_NOT_FOUND (no such blob, or not a hash), E_HASH (its bytes are not what its
 * name says: the store is damaged; the message names the blob and what was found), E_IO.
 */
int blob_open(const struct blob_store *s, const char *sha256, uint64_t bytes, enum blob_check check,
    int *fd, uint64_t *size, struct err *err);

/* blob_load - the verified bytes of a blob in the arena, NUL behind; at most max (E_TOO_LARGE). */
int blob_load(struct arena *a, const struct blob_store *s, const char *sha256, size_t max,
    char **out, size_t *n, struct err *err);

/* blob_name - "ab/<hex>", the path below the store. sha256 must be 64 lower-case hex digits. */
void blob_name(const char *sha256, char out[BLOB_NAME_BYTES]);
#endif
