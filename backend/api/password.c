/* SPDX-License-Identifier: Apache-2.0 */
#include "api/password.h"

#include <argon2.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/rnd.h"

#define MEMORY_KIB (46u << 10)
#define PASSES 1
#define LANES 1
#define SALT_BYTES 16
#define HASH_BYTES 32

/* The same parameters, a salt and a hash of zeros: no password gives it. */
static const char nobody[] = "$argon2id$v=19$m=47104,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* The password is made of one short piece over again, or holds nothing else than word. */
static bool
is_repeated(const char *password, const char *word, size_t word_bytes)
{
	size_t n = strlen(password);

	if (word_bytes < 1)
		return false;
	for (size_t i = 0; i < n; i += word_bytes) {
		size_t left = n - i < word_bytes ? n - i : word_bytes;
		if (strncasecmp(password + i, word, left) != 0)
			return false;
	}
	return true;
}

int
password_check(const char *password, const char *email, struct err *err)
{
	size_t n = strlen(password);
	const char *at = strchr(email, '@');

	if (n < PASSWORD_BYTES_MIN)
		return err_set(err, E_USAGE, "a password has at least %d characters", PASSWORD_BYTES_MIN);
	if (n > PASSWORD_BYTES_MAX)
		return err_set(err, E_USAGE, "a password has at most %d bytes", PASSWORD_BYTES_MAX);
	for (size_t piece = 1; piece <= 4; piece++)
		if (is_repeated(password, password, piece))
			return err_set(err, E_USAGE, "the password is one short piece over again");
	if (is_repeated(password, email, strlen(email)) ||
	    (at && is_repeated(password, email, (size_t)(at - email))) ||
	    is_repeated(password, "forge", 5) || is_repeated(password, "password", 8) ||
	    strncasecmp(password, "123456789", 9) == 0 || strncasecmp(password, "qwertyuiop", 10) == 0)
		return err_set(err, E_USAGE, "the password is one that others try first");
	return 0;
}

int
password_hash(struct arena *a, const char *password, const char **out, struct err *err)
{
	unsigned char salt[SALT_BYTES];
	size_t n = argon2_encodedlen(PASSES, MEMORY_KIB, LANES, SALT_BYTES, HASH_BYTES, Argon2_id);
	char *phc = arena_alloc(a, n);
	int rc;

	rnd_bytes(salt, sizeof salt);
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password, strlen(password), salt,
	    sizeof salt, HASH_BYTES, phc, n);
	if (rc != ARGON2_OK)
		return err_set(err, E_INTERNAL, "argon2id: %s", argon2_error_message(rc));
	*out = phc;
	return 0;
}

bool
password_matches(const char *password, const char *phc)
{
	int rc = argon2id_verify(phc ? phc : nobody, password, strlen(password));

	return phc != NULL && rc == ARGON2_OK;
}
