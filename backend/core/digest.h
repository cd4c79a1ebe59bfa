/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H
/* SHA-256 (OpenSSL), one-shot and streaming, hex, and the RFC 6962 Merkle root. */
#include <stddef.h>
#include <stdint.h>
#define SHA256_BYTES 32
#define SHA256_HEX 65 /* 64 digits and NUL */
struct err;
struct digest;  /* a running SHA-256 */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *p, size_t n);
/* digest_finish - writes the hash and frees d. */
void digest_finish(struct digest *d, uint8_t out[SHA256_BYTES]);
void sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES]);
void hex_format(const uint8_t *p, size_t n, char *out); /* 2n digits and NUL, lower case */
/* hex_parse - exactly 2n lower-case digits; E_USAGE otherwise. */
int hex_parse(const char *s, size_t len, uint8_t *out, size_t n, struct err *err);
void sha256_hex(const void *p, size_t n, char out[SHA256_HEX]);
/* merkle_root - RFC 6962 section 2.1 over n leaves of leaf_bytes each ([n][leaf_bytes]). */
void merkle_root(const uint8_t *leaves, size_t n, size_t leaf_bytes, uint8_t out[SHA256_BYTES]);
#endif
