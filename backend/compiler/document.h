/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMPILER_DOCUMENT_H
#define COMPILER_DOCUMENT_H
/* Files that are one document: does the entity that a plan claims describe them? */
#include <stdbool.h>
struct compile;
struct entity;
struct file_facts;
/*
 * file_document_check - hold a JSON or YAML file against the entity's schema, through the port. Queues FC0302 for
 * members that are missing and FC0308 for values that do not fit, both with pointer and line.
 * Returns true when nothing was found, and when the port cannot look.
 */
bool file_document_check(struct compile *c, const struct file_facts *file, const struct entity *entity);
#endif
