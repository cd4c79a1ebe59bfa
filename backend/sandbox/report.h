/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_REPORT_H
#define SANDBOX_REPORT_H
/* A result as one JSON object, for `forgectl sandbox run` and tests. */
struct buf;
struct cell_result;

/*
 * report_write - append the object (schema forge.sandbox.v1) and a newline to b. The program's streams
 * are in it as text; bytes that are not UTF-8 show as "\ufffd".
 */
void report_write(struct buf *b, const struct cell_result *r);
#endif
