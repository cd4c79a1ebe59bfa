/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SANDBOX_CLI_H
#define SANDBOX_SANDBOX_CLI_H
/*
 * `forgectl sandbox …`: the sandbox by itself, in this process, without a daemon. For people who
 * want to see what a program can do inside, and for tests. Needs root.
 */

/*
 * sandbox_cli - argv[0] is the verb: `run [OPTION…] -- CMD…`, `check`, or `explain`.
 * run prints one JSON object on stdout (verdict, usage, stdout and stderr of the program, outputs).
 * Returns the exit code: 0 (run: verdict ok), 1 failed, 2 usage.
 */
int sandbox_cli(int argc, char **argv);
/* sandbox_cli_run, sandbox_cli_check, sandbox_cli_explain - one verb each; argv[0] is the verb. */
int sandbox_cli_run(int argc, char **argv);
int sandbox_cli_check(int argc, char **argv);
int sandbox_cli_explain(int argc, char **argv);
#endif
