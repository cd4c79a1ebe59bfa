/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/log.h"
#include "types/parquet.h"

#define FORGE_VERSION "0.1.0"

static const struct cli_verb *
find_verb(const char *name)
{
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

const char *
cli_option(int *argc, char **argv, const char *name)
{
	size_t n = strlen(name);

	for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		const char *value;
		int gap;
		if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, n) != 0)
			continue;
		if (argv[i][2 + n] == '=') {
			value = argv[i] + 3 + n;
			gap = 1;
		} else if (argv[i][2 + n] == '\0') {
			if (i + 1 >= *argc) {
				fprintf(stderr, "forgectl: --%s needs a value\n", name);
				exit(CLI_USAGE);
			}
			value = argv[i + 1];
			gap = 2;
		} else {
			continue;
		}
		memmove(argv + i, argv + i + gap, (size_t)(*argc - i - gap + 1) * sizeof *argv);
		*argc -= gap;
		return value;
	}
	return NULL;
}

bool
cli_flag(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
			memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof *argv);
			(*argc)--;
			return true;
		}
	return false;
}

int
cli_usage(const char *verb, const char *why)
{
	const struct cli_verb *v = find_verb(verb);

	fprintf(stderr, "forgectl %s: %s\nusage: forgectl %s %s\n", verb, why, verb, v ? v->args : "");
	return CLI_USAGE;
}

int
cli_arguments(int argc, char **argv, int min, int max, const char *verb)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--", 2) == 0) {
			fprintf(stderr, "forgectl %s: unknown option %s\n", verb, argv[i]);
			return cli_usage(verb, "see `forgectl help`");
		}
	if (argc - 1 < min)
		return cli_usage(verb, "something is missing");
	if (argc - 1 > max) {
		fprintf(stderr, "forgectl %s: '%s' is one too many\n", verb, argv[max + 1]);
		return cli_usage(verb, "too many arguments");
	}
	return CLI_OK;
}

int
cli_fail(const struct cli *c, const struct err *err)
{
	struct buf b;
	struct jw w;

	if (!c->is_json) {
		fprintf(stderr, "forgectl: %s\n", err->msg);
		return CLI_FAILED;
	}
	buf_init(&b, c->a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_object(&w, "error");
	jw_str(&w, "code", err_name(err->code));
	jw_str(&w, "detail", err->msg);
	jw_end(&w);
	jw_end(&w);
	printf("%s\n", b.p);
	return CLI_FAILED;
}

static void
help_all(void)
{
	printf("forgectl: plan, check, run and prove work\n\n");
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		if (v->one_line)
			printf("  %-10s %s\n", v->name, v->one_line);
	printf("\n`forgectl help VERB` says more. Every verb takes --json. Exit codes: 0 ok, 1 failed, 2 usage.\n");
}

static int
help(int argc, char **argv)
{
	const struct cli_verb *v;

	if (argc < 2) {
		help_all();
		return CLI_OK;
	}
	v = find_verb(argv[1]);
	if (!v) {
		fprintf(stderr, "forgectl: there is no verb '%s'; `forgectl help` lists them\n", argv[1]);
		return CLI_USAGE;
	}
	printf("usage: forgectl %s %s\n\n%s.\n%s", v->name, v->args, v->one_line ? v->one_line : "", v->more ? v->more : "");
	return CLI_OK;
}

/* The programs' folder is where this program lies; the root is the nearest folder above it that
 * holds packs/ and migrations/, or FORGE_ROOT. */
static void
find_places(struct cli *c)
{
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	const char *root = getenv("FORGE_ROOT"), *var = getenv("FORGE_VAR");
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	c->self = arena_str(c->a, exe);
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	c->bin = arena_str(c->a, exe);
	if (!root) {
		char *cwd = getcwd(NULL, 0);
		arena_defer(c->a, free, cwd);
		while (!root && (slash = strrchr(exe, '/')) != NULL) {
			*slash = '\0';
			if (access(arena_printf(c->a, "%s/migrations", exe), F_OK) == 0 &&
			    access(arena_printf(c->a, "%s/packs", exe), F_OK) == 0)
				root = arena_str(c->a, exe);
		}
		if (!root)
			root = cwd ? cwd : ".";
	}
	c->root = root;
	parquet_set_reader(packs_folder(c, NULL));
	c->var = var ? var : arena_printf(c->a, "%s/var", root);
}

int
main(int argc, char **argv)
{
	struct cli c = {.a = arena_new((size_t)4 << 30)};
	const struct cli_verb *v;
	int rc;

	(void)signal(SIGCHLD, SIG_DFL); /* where it was left ignored, nobody could wait for a child */
	log_open("forgectl");
	find_places(&c);
	c.is_json = cli_flag(&argc, argv, "json");
	c.is_tty = isatty(STDOUT_FILENO) && !c.is_json && getenv("NO_COLOR") == NULL;
	if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		rc = help(argc - (argc > 1), argv + (argc > 1));
		return argc < 2 ? CLI_USAGE : rc;
	}
	v = find_verb(argv[1]);
	if (!v) {
		fprintf(stderr, "forgectl: there is no verb '%s'; `forgectl help` lists them\n", argv[1]);
		return CLI_USAGE;
	}
	if (argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0))
		return help(2, (char *[]){argv[0], argv[1], NULL});
	rc = v->fn(&c, argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout))
		rc = CLI_FAILED;
	arena_free(c.a);
	return rc;
}

int
verb_version(struct cli *c, int argc, char **argv)
{
	if (cli_arguments(argc, argv, 0, 0, "version") != CLI_OK)
		return CLI_USAGE;
	printf(c->is_json ? "{\"version\":\"%s\"}\n" : "forgectl %s\n", FORGE_VERSION);
	return CLI_OK;
}
