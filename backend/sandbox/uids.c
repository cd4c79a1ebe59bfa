/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/uids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/err.h"
#include "core/fd.h"
#include "core/num.h"

#define DIR_PATH "/run/forge"
#define FILE_PATH DIR_PATH "/uids"
/* 2^30: above what distributions, containers and directories hand out; 2^29 pairs end at 2^31 - 1. */
#define UID_FIRST 0x40000000u
#define SERIAL_MAX 0x1fffffffull

static int
open_counter(struct err *err)
{
	struct stat st;
	int fd;

	if (mkdir(DIR_PATH, 0755) < 0 && errno != EEXIST)
		return err_sys(err, E_SANDBOX, "make '" DIR_PATH "'");
	fd = open(FILE_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return err_sys(err, E_SANDBOX, "open '" FILE_PATH "'");
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || !S_ISREG(st.st_mode)) {
		fd_close(&fd);
		return err_set(err, E_SANDBOX, "'" FILE_PATH "' is not our own file; remove it");
	}
	if (flock(fd, LOCK_EX) < 0) {
		int rc = err_sys(err, E_SANDBOX, "lock '" FILE_PATH "'");

		fd_close(&fd);
		return rc;
	}
	return fd;
}

/* The counter is the decimal text of the next serial; an empty file counts from 0. */
static int
next_serial(int fd, uint64_t *out, struct err *err)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	uint64_t serial = 0;
	int m;

	if (n < 0)
		return err_sys(err, E_SANDBOX, "read '" FILE_PATH "'");
	if (n > 0 && num_u64(text, (size_t)n, SERIAL_MAX, &serial, NULL) < 0)
		return err_set(err, E_SANDBOX,
		    "'" FILE_PATH "' does not hold a number below %llu; restart the machine, or remove "
		    "it when no sandbox is left",
		    SERIAL_MAX);
	m = snprintf(text, sizeof(text), "%llu", (unsigned long long)(serial + 1));
	/* The text never gets shorter, so one write replaces it whole. */
	if (pwrite(fd, text, (size_t)m, 0) != m)
		return err_sys(err, E_SANDBOX, "write '" FILE_PATH "'");
	*out = serial;
	return 0;
}

int
uids_take(struct uid_pair *out, struct err *err)
{
	uint64_t serial = 0;
	int fd = open_counter(err);
	int rc;

	if (fd < 0)
		return -1;
	rc = next_serial(fd, &serial, err);
	fd_close(&fd); /* also unlocks */
	if (rc < 0)
		return -1;
	out->serial = serial;
	out->init_uid = UID_FIRST + 2 * (uid_t)serial;
	out->program_uid = out->init_uid + 1;
	return 0;
}
