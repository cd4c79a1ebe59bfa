/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ERR_H
#define CORE_ERR_H
/*
 * The second kind of wrong: an operation failed. Functions that can fail take `struct err *err`
 * last, return -1 and fill it; it lives on the caller's stack and nothing is allocated. The first
 * cause wins: err_wrap puts where-words in front and never repeats what is there.
 * The first kind of wrong, a bug of ours, is INVARIANT: always compiled in, aborts with its place.
 * The third, a finding about the user's plan, is struct diag (compiler/diag.h).
 */
#include <stdarg.h>

enum err_code {
#define E(name, http, retryable, meaning) name,
#include "core/errors.def"
#undef E
	E__COUNT
};

struct err {
	enum err_code code;
	int sys_errno;    /* errno at the failure, 0 where none applies */
	const char *file; /* where it was first set */
	int line;
	char msg[512]; /* lower-case clause, no full stop, one line, outside strings in 'quotes' */
};

/* err_set - fill err (may be NULL) and return -1. printf-style; control characters are escaped. */
#define err_set(err, code, ...) err_set_at((err), (code), 0, __FILE__, __LINE__, __VA_ARGS__)
/* err_sys - as err_set with the current errno; its text is appended after ": ". */
#define err_sys(err, code, ...) err_set_at((err), (code), errno, __FILE__, __LINE__, __VA_ARGS__)
int err_set_at(struct err *err, enum err_code code, int sys_errno, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* err_wrap - put "<words>: " in front of the message; returns -1. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* err_name - "E_DB"; err_http - status for problem+json; err_is_retryable; err_meaning - a sentence. */
const char *err_name(enum err_code code);
int err_http(enum err_code code);
int err_is_retryable(enum err_code code);
const char *err_meaning(enum err_code code);

/* INVARIANT - what must hold unless Forge itself is wrong. Split conjunctions. */
#define INVARIANT(cond) ((cond) ? (void)0 : invariant_failed(#cond, __FILE__, __LINE__))
#define NEVER(why) invariant_failed("never: " why, __FILE__, __LINE__)
void invariant_failed(const char *cond, const char *file, int line) __attribute__((noreturn));
#endif
