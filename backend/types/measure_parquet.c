/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "core/err.h"
#include "types/measure.h"
#include "types/parquet.h"
#include "types/profiler.h"

#define BYTES_MIN 12u /* two magics and the footer's length */
#define FOOTER_BYTES_MAX ((uint32_t)64 << 20)

static uint32_t
little(const char p[4])
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

/* What every Parquet file has at its ends. */
static void
check_frame(struct profiler *p, const char head[4], const char tail[8])
{
	uint64_t bytes = p->out->bytes;
	uint32_t footer = little(tail);

	if (memcmp(head, "PARE", 4) == 0 || memcmp(tail + 4, "PARE", 4) == 0)
		measure_fault(p, 0, 0, bytes - 4, "the Parquet file is encrypted; write it without encryption");
	else if (memcmp(head, "PAR1", 4) != 0 || memcmp(tail + 4, "PAR1", 4) != 0)
		measure_fault(p, 0, 0, bytes - 4,
		    "the Parquet file does not begin and end as one; it is cut short or damaged");
	else if (footer > bytes - BYTES_MIN)
		measure_fault(p, 0, 0, bytes - 8,
		    "the Parquet file's description (its footer) is said to be %" PRIu32
		    " bytes long, more than the file; it is damaged",
		    footer);
	else if (footer > FOOTER_BYTES_MAX)
		measure_fault(p, 0, 0, bytes - 8,
		    "the Parquet file's description (its footer) is larger than %u MiB; that is the limit",
		    FOOTER_BYTES_MAX >> 20);
}

int
measure_parquet(struct profiler *p, struct parquet_spool *spool, struct err *err)
{
	uint64_t bytes = p->out->bytes;
	char head[4] = {0}, tail[8] = {0};
	unsigned long n;

	*spool = (struct parquet_spool){.fd = -1};
	if (bytes < BYTES_MIN) {
		measure_fault(p, 0, 0, bytes, "the Parquet file is cut off: it has %" PRIu64 " bytes", bytes);
		return 0;
	}
	if (measure_read(p, head, sizeof head, 0, &n, err) < 0 ||
	    measure_read(p, tail, sizeof tail, bytes - sizeof tail, &n, err) < 0)
		return -1;
	check_frame(p, head, tail);
	if (!p->out->parse_ok)
		return 0;
	if (parquet_spool_open(p->a, p->fd, spool, err) < 0)
		return -1;
	p->out->summary = spool->summary;
	if (!spool->is_sound) {
		measure_fault(p, 0, 0, 0, "%s", spool->fault);
		p->out->fault.has_offset = false;
	}
	return 0;
}
