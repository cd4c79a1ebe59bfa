/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_BYTES_H
#define API_BYTES_H
/*
 * Handing out stored bytes. They are never trusted: the web server sends them from an internal
 * location whose policy lets nothing run, whatever their type (nginx/forge-http.inc).
 */
#include <stdbool.h>
#include <stdint.h>

struct err;
struct rq;

/*
 * bytes_send - answer with a blob by X-Accel-Redirect.
 *
 * sha256:   64 hex digits, checked to be theirs to read
 * kind:     an artifact kind ("report.html"); NULL: plain text
 * path:     for the name of a download; only letters, digits, '.', '_' and '-' of it are used
 * download: send it as a file whatever it is
 */
int bytes_send(struct rq *rq, const char *sha256, const char *kind, const char *path, bool download);
#endif
