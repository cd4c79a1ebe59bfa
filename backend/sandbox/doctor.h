/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_DOCTOR_H
#define SANDBOX_DOCTOR_H
/*
 * What the sandbox needs from this machine, each with what it means and how to mend it. Changes
 * nothing, and works without root: what only root can see is said to be unknown, not ill.
 */
#include <stdbool.h>
#include <stddef.h>

enum doctor_status {
	DOCTOR_OK,
	DOCTOR_WARN, /* works, but less well, or could not be looked at */
	DOCTOR_FAIL, /* no sandbox on this machine until mended */
	DOCTOR_STATUS__COUNT
};

#define DOCTOR_TEXT_BYTES 320
#define DOCTOR_LINES_MAX 32

struct doctor_line {
	enum doctor_status status;
	const char *name;              /* "cgroups", "user namespaces", … */
	char found[DOCTOR_TEXT_BYTES]; /* what is there: "hybrid: limits on v1, …" */
	const char *means;             /* what it is for */
	const char *mend;              /* what to do; "" when ok */
};

/* doctor_status_text - "ok", "warn", "fail". */
const char *doctor_status_text(enum doctor_status status);
/*
 * sandbox_doctor - fill at most max lines. Returns how many (at most DOCTOR_LINES_MAX); *n_failed
 * counts those with DOCTOR_FAIL.
 */
size_t sandbox_doctor(struct doctor_line *out, size_t max, size_t *n_failed);
#endif
