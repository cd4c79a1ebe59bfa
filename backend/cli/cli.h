/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H
/*
 * forgectl: a client of the API, the offline tools, and the embedded stack. Every verb takes
 * --json (one JSON document on stdout, nothing else) and answers `forgectl help VERB`.
 * Exit codes: 0 ok, 1 what was asked failed, 2 usage.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arena;
struct err;
struct jx;

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli {
	struct arena *a;
	bool is_json;      /* --json */
	bool is_tty;       /* progress bars and colour on stdout */
	const char *root;  /* the project's folder (packs/, migrations/, web/) */
	const char *var;   /* where the embedded stack keeps its state */
	const char *bin;   /* folder of the programs, this one included */
	const char *self;  /* path of this program */
};

/*
 * cli_option - take the value of --name from argv and close the gap; NULL when absent.
 * "--name value" and "--name=value" both work. A missing value prints usage and exits 2.
 */
const char *cli_option(int *argc, char **argv, const char *name);
/* cli_flag - take --name. */
bool cli_flag(int *argc, char **argv, const char *name);
/* cli_no_more - exit 2 when anything is left behind argv[want]; names what is left. */
int cli_arguments(int argc, char **argv, int min, int max, const char *verb);
/* cli_fail - print err (or JSON with --json) and return CLI_FAILED. */
int cli_fail(const struct cli *c, const struct err *err);
int cli_usage(const char *verb, const char *why);

/* packs_folder - where the packs are: given, else FORGE_PACKS, else those of the project. */
const char *packs_folder(const struct cli *c, const char *given);

typedef int (*cli_verb_fn)(struct cli *c, int argc, char **argv);
struct cli_verb {
	const char *name;
	const char *args;
	const char *one_line;
	const char *more;
	cli_verb_fn fn;
};
extern const struct cli_verb cli_verbs[];

/* The verbs, by file. */
int verb_up(struct cli *c, int argc, char **argv);      /* stack.c */
int verb_down(struct cli *c, int argc, char **argv);
int verb_status(struct cli *c, int argc, char **argv);
int verb_user(struct cli *c, int argc, char **argv);
int verb_migrate(struct cli *c, int argc, char **argv);
int verb_service(struct cli *c, int argc, char **argv); /* service.c: hidden, used by run scripts */
int verb_doctor(struct cli *c, int argc, char **argv);  /* doctor.c */
int verb_canon(struct cli *c, int argc, char **argv);   /* local.c */
int verb_hash(struct cli *c, int argc, char **argv);
int verb_imprint(struct cli *c, int argc, char **argv); /* imprint_cli.c */
int verb_schema(struct cli *c, int argc, char **argv);
int verb_json(struct cli *c, int argc, char **argv);
int verb_batch(struct cli *c, int argc, char **argv);   /* imprint_batch.c */
int verb_compile(struct cli *c, int argc, char **argv); /* plan_local.c */
int verb_explain(struct cli *c, int argc, char **argv);
int verb_route(struct cli *c, int argc, char **argv); /* route_cmd.c */
int verb_profile(struct cli *c, int argc, char **argv);   /* profile_cmd.c */
int verb_relations(struct cli *c, int argc, char **argv);
int verb_packs(struct cli *c, int argc, char **argv);   /* packs_cmd.c */
int verb_convert(struct cli *c, int argc, char **argv); /* convert.c */
int verb_discover(struct cli *c, int argc, char **argv); /* discover.c */
int verb_login(struct cli *c, int argc, char **argv);   /* remote.c */
int verb_workspace(struct cli *c, int argc, char **argv);
int verb_file(struct cli *c, int argc, char **argv);
int verb_plan(struct cli *c, int argc, char **argv);
int verb_run(struct cli *c, int argc, char **argv);
int verb_watch(struct cli *c, int argc, char **argv);
int verb_artifact(struct cli *c, int argc, char **argv);
int verb_go(struct cli *c, int argc, char **argv);      /* go.c */
int verb_demo(struct cli *c, int argc, char **argv);    /* demo.c */
int verb_sandbox(struct cli *c, int argc, char **argv); /* sandbox.c */
int verb_version(struct cli *c, int argc, char **argv);
#endif
