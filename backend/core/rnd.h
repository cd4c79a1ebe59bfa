/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RND_H
#define CORE_RND_H
#include <stddef.h>
/* rnd_bytes - n bytes from the kernel (getrandom); aborts if it cannot. */
void rnd_bytes(void *p, size_t n);
/* rnd_token - base-62 text of n digits and NUL; out has n + 1 bytes. */
void rnd_token(char *out, size_t n);
#endif
