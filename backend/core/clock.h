/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H
#include <stdint.h>
#define TIME_TEXT_BYTES 25 /* 2026-01-02T03:04:05.678Z and NUL */
int64_t clock_mono_us(void);  /* CLOCK_MONOTONIC, microseconds */
int64_t clock_wall_ms(void);  /* UNIX time, milliseconds */
void clock_format(int64_t wall_ms, char out[TIME_TEXT_BYTES]);
#endif
