/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/num.h"

#define MIB (1ull << 20)

static const struct number_option {
	const char *name;
	size_t offset; /* in struct cell_limits */
	uint64_t unit;
} numbers[] = {
	{"wall-ms", offsetof(struct cell_limits, wall_ms), 1},
	{"cpu-ms", offsetof(struct cell_limits, cpu_ms), 1},
	{"memory-bytes", offsetof(struct cell_limits, memory_bytes), 1},
	{"memory-mb", offsetof(struct cell_limits, memory_bytes), MIB},
	{"pids", offsetof(struct cell_limits, pids), 1},
	{"work-bytes", offsetof(struct cell_limits, work_bytes), 1},
	{"output-bytes", offsetof(struct cell_limits, output_bytes), 1},
	{"output-files", offsetof(struct cell_limits, output_files), 1},
	{"tmp-bytes", offsetof(struct cell_limits, tmp_bytes), 1},
	{"shm-bytes", offsetof(struct cell_limits, shm_bytes), 1},
	{"stdio-bytes", offsetof(struct cell_limits, stdio_bytes), 1},
	{"cpu-percent", offsetof(struct cell_limits, cpu_percent), 1},
};

static void
close_later(void *arg)
{
	int *fd = arg;

	fd_close(fd);
}

static int
add_file(struct arena *a, struct options *o, const char *value, struct err *err)
{
	const char *colon = strchr(value, ':');
	char *from;
	int *fd;

	if (!colon || colon == value)
		return err_set(err, E_USAGE, "--file '%s' is not SRC:DEST", value);
	if (o->n_files == OPTIONS_FILES_MAX)
		return err_set(err, E_USAGE, "more than %d --file", OPTIONS_FILES_MAX);
	from = arena_dup(a, value, (size_t)(colon - value));
	fd = ARENA_NEW(a, int);
	*fd = open(from, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return err_sys(err, E_NOT_FOUND, "open '%s'", from);
	arena_defer(a, close_later, fd);
	o->files[o->n_files++] = (struct cell_file){.fd = *fd, .path = colon + 1};
	return 0;
}

static int
set_option(struct arena *a, struct options *o, const char *name, size_t n, const char *value,
    struct err *err)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number_option *row = &numbers[i];
		uint64_t v;

		if (strlen(row->name) != n || strncmp(row->name, name, n) != 0)
			continue;
		if (num_u64(value, strlen(value), UINT64_MAX / row->unit, &v, err) < 0)
			return err_wrap(err, "--%s", row->name);
		v *= row->unit;
		memcpy((char *)&o->limits + row->offset, &v, sizeof(v));
		return 0;
	}
	if (n == 4 && strncmp(name, "file", n) == 0)
		return add_file(a, o, value, err);
	if (n == 3 && strncmp(name, "out", n) == 0) {
		o->out_dir = value;
		return 0;
	}
	return err_set(err, E_USAGE, "unknown option '--%.*s'", (int)n, name);
}

int
options_parse(struct arena *a, int argc, char **argv, struct options *out, struct err *err)
{
	struct options o = {0};
	const char **rest;
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *name = argv[i] + 2;
		size_t n = strcspn(argv[i], "=") - 2;

		if (strncmp(argv[i], "--", 2) != 0)
			return err_set(err, E_USAGE, "'%s' is not an option; put -- before the command",
			    argv[i]);
		if (name[n] == '=') {
			if (set_option(a, &o, name, n, name + n + 1, err) < 0)
				return -1;
			continue;
		}
		if (i + 1 >= argc)
			return err_set(err, E_USAGE, "option '%s' needs a value", argv[i]);
		if (set_option(a, &o, name, n, argv[++i], err) < 0)
			return -1;
	}
	if (i + 1 >= argc)
		return err_set(err, E_USAGE, "no command: sandbox run [OPTION…] -- CMD…");
	if (argv[i + 1][0] != '/')
		return err_set(err, E_USAGE, "'%s' is not an absolute path", argv[i + 1]);
	o.n_argv = (size_t)(argc - i - 1);
	rest = ARENA_ARRAY(a, o.n_argv + 1, const char *);
	for (size_t k = 0; k < o.n_argv; k++)
		rest[k] = argv[i + 1 + (int)k];
	o.argv = rest;
	if (cell_limits_fill(&o.limits, err) < 0)
		return -1;
	*out = o;
	return 0;
}

static int
save_one(struct arena *a, const char *path, int fd, uint64_t bytes, struct err *err)
{
	char *folder = arena_str(a, path);
	off_t at = 0;
	int to;

	*strrchr(folder, '/') = '\0';
	if (dir_make(folder, 0755, err) < 0)
		return -1;
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0)
		return err_sys(err, E_IO, "make '%s'", path);
	while ((uint64_t)at < bytes) {
		ssize_t n = sendfile(to, fd, &at, (size_t)(bytes - (uint64_t)at));

		if (n <= 0) {
			int rc = err_sys(err, E_IO, "copy to '%s'", path);

			fd_close(&to);
			return rc;
		}
	}
	fd_close(&to);
	return 0;
}

int
options_save_outputs(struct arena *a, const char *out_dir, const struct cell_result *r,
    struct err *err)
{
	for (size_t i = 0; i < r->n_outputs; i++) {
		const struct cell_output *o = &r->outputs[i];

		if (o->refusal != CELL_REFUSE_NONE)
			continue;
		if (save_one(a, arena_printf(a, "%s/%s", out_dir, o->path), o->fd, o->bytes, err) < 0)
			return -1;
	}
	return 0;
}
