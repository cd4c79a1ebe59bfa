/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_HOSTNAME_H
#define SCHEMA_HOSTNAME_H
/* Host names: RFC 1123 with A-labels checked (RFC 5890 to 5893), and their internationalised form. */
#include <stdbool.h>
#include <stddef.h>
bool hostname_check(const char *s, size_t n);
/* idn_hostname_check - U-labels too; the dots of RFC 3490 section 3.1 separate. */
bool idn_hostname_check(const char *s, size_t n);
#endif
