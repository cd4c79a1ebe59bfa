/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUNNER_MEMORY_H
#define RUNNER_MEMORY_H
/*
 * What the runner remembers between attempts. All of it may be forgotten at any time (and is, at a
 * restart): it saves work or stops useless repeats, and decides nothing else. Thread-safe.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena;
struct memory;

/* memory_new - lives in a. */
struct memory *memory_new(struct arena *a);

/* Profiles by the hash of the bytes and the kind they were read as: content cannot change. */
const char *memory_profile(struct memory *m, struct arena *a, const char *sha256,
    const char *kind, size_t *n); /* JSON text copied into a, or NULL */
void memory_put_profile(struct memory *m, const char *sha256, const char *kind, const char *json,
    size_t n);

/*
 * memory_is_repeat - did the last failed attempt of this step fail with this very signature (64 hex
 * digits)? Remembers it for the next time.
 */
bool memory_is_repeat(struct memory *m, int64_t run, int no, const char *signature);
/* memory_count_release - how often this step was given back because of our own machinery, this time
 * included. */
unsigned memory_count_release(struct memory *m, int64_t run, int no);
#endif
