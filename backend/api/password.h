/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PASSWORD_H
#define API_PASSWORD_H
/*
 * Passwords: argon2id with 46 MiB, one pass, one lane (about 0.06 s), stored as a PHC string. The
 * workers of a pool are few and single-threaded, so as many hashes run at once as there are workers.
 */
#include <stdbool.h>

struct arena;
struct err;

#define PASSWORD_BYTES_MIN 12
#define PASSWORD_BYTES_MAX 1024

/*
 * password_check - may this be somebody's password? No rules of composition: long enough, and not
 * the address, its parts or the product's name over again.
 * Returns 0, or -1 E_USAGE with the reason.
 */
int password_check(const char *password, const char *email, struct err *err);

/* password_hash - a fresh salt; the PHC string lives in a. E_INTERNAL when memory is short. */
int password_hash(struct arena *a, const char *password, const char **out, struct err *err);

/*
 * password_matches - phc NULL (no such user) takes as long as any other and is false.
 */
bool password_matches(const char *password, const char *phc);
#endif
