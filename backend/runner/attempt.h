/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUNNER_ATTEMPT_H
#define RUNNER_ATTEMPT_H
/*
 * One attempt at one step: the harness around the program. Exactly nine phases, in this order:
 *   1 prepare · 2 materialize inputs · 3 project input paths · 4 preflight receipt · 5 verify
 *   inputs · 6 the program · 7 postflight · 8 verify outputs · 9 persist
 * The files of this folder do a phase or two each (inputs.c 2 3 5, program.c 6, outputs.c 7,
 * verify.c 8) and share struct attempt; attempt.c runs them in order and does 1, 4 and 9.
 *
 * A phase returns 0 to go on, or -1 with either t->failure set (the attempt failed, its receipt will
 * say so) or err filled and no failure (the machinery failed: lease lost, database, sandbox).
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/digest.h"
#include "core/id.h"
#include "core/clock.h"
#include "policy/contract.h"
#include "receipt/receipt.h"
#include "store/blob.h"
#include "store/run.h"
#include "types/profile.h"
struct arena;
struct cell;
struct db;
struct err;
struct memory;

#define ATTEMPT_ROWS_MAX 20 /* failing rows that a failure lists */
#define FORGE_VERSION "0.1.0"

/* What every attempt of this process shares; nothing in it changes after the start. */
struct runner {
	const struct blob_store *blobs;
	struct memory *memory;
	const char *host;
	const char *incarnation;
	const char *packs_dir;   /* NULL: none */
	const char *cell_socket;
	const char *self_path;   /* this program's file, to start the fetching child */
};

/* What the main thread tells a running attempt. Only ever grows. */
enum order { ORDER_RUN, ORDER_RELEASE, ORDER_STOP, ORDER_LOST };

/* A worker thread's own connections, kept from attempt to attempt. */
struct bench {
	struct db *db;
	pthread_mutex_t lock; /* of cell: its thread changes it, the main thread cancels through it */
	struct cell *cell;    /* NULL while there is none */
	atomic_int order;      /* enum order */
	int cancel_fd;         /* eventfd; readable when order is no longer ORDER_RUN */
	int news_fd;           /* eventfd of the main thread */
	atomic_bool has_news;  /* watchers of the run should look: the main thread will wake them */
};

/* bench_set_cell - close the cell there is, if any, and keep this one (or NULL). */
void bench_set_cell(struct bench *b, struct cell *cell);
/* bench_news - the run has a new event; telling the watchers is the main thread's, so nothing waits. */
void bench_news(struct bench *b);
/* bench_cancel - kill what runs on the bench; for the main thread. */
void bench_cancel(struct bench *b);

enum attempt_end {
	ATTEMPT_DONE,     /* committed */
	ATTEMPT_FAILED,   /* its failure is recorded */
	ATTEMPT_RELEASED, /* given back */
	ATTEMPT_LOST,     /* nothing was written: another has it, or the database is away */
	ATTEMPT_END__COUNT
};
struct attempt_result {
	enum attempt_end end;
	struct store_outcome outcome; /* not for ATTEMPT_LOST */
	bool is_machine_ill; /* sandbox or database did not work: pause before claiming again */
	int64_t harness_us, program_us, persist_us;
};

struct attempt_input {
	const struct contract_input *slot;
	const struct store_input *source;
	int fd; /* of the blob; -1: optional and without a source */
	const struct artifact_profile *profile; /* after phase 5 */
};
struct attempt_output {
	const struct contract_output *slot;
	bool is_there;
	struct blob_writer writer; /* its copy, until phase 9; over when the attempt failed before */
	int fd; /* of the copy; of an attempt that failed before: as it was handed over */
	char sha256[SHA256_HEX];
	uint64_t bytes;
	struct artifact_profile profile;
};

struct attempt {
	struct arena *a;
	const struct runner *runner;
	struct bench *bench;
	const struct store_claim *claim;
	struct contract contract;
	struct receipt_attempt id;
	char run_id[ID_BYTES];
	char dispatched_hash[SHA256_HEX], profile_hash[SHA256_HEX], preflight_hash[SHA256_HEX];
	char claimed_at[TIME_TEXT_BYTES], started_at[TIME_TEXT_BYTES];
	int64_t begin_us, mark_us;
	struct receipt_phases us;
	struct attempt_input *inputs;   /* [contract.ninputs] */
	struct attempt_output *outputs; /* [contract.noutputs] */
	struct receipt_input *told_inputs; /* [ntold_inputs] */
	size_t ntold_inputs;
	struct receipt_file *programs; /* [contract.nfiles] */
	int *program_fds;
	int step_json_fd;
	bool has_preflight, has_run;
	/* what phase 6 leaves */
	const char *verdict, *verdict_detail;
	int exit_code, signal;
	const struct cell_result *cell_result;   /* code.execute */
	const struct fetch_result *fetch_result; /* tool_loop */
	int stdout_fd, stderr_fd; /* -1: none */
	uint64_t stdout_written, stderr_written;
	struct blob_writer out_writer, err_writer;
	struct receipt_stream out, err;
	/* what phases 7 and 8 find */
	struct receipt_criterion *criteria;
	size_t ncriteria, criteria_max;
	struct receipt_validator *validators;
	size_t nvalidators;
	struct receipt_undeclared *undeclared;
	size_t nundeclared;
	struct receipt_refused *refused;
	size_t nrefused;
	struct receipt_failure *failure; /* the first; NULL: none */
	bool is_infrastructure; /* the failure is ours: give the step back instead, at first */
};

/* attempt_run - the whole of it. Never fails: the result says how it went. */
struct attempt_result attempt_run(const struct runner *runner, struct bench *bench,
    const struct store_claim *claim, int64_t claimed_us);

/*
 * attempt_fail - record the failure (the first one stays) and return -1. The message is a sentence
 * for people. attempt_fail_at says where, too.
 */
int attempt_fail(struct attempt *t, const char *class, bool is_retryable, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int attempt_fail_at(struct attempt *t, const char *class, bool is_retryable,
    const struct receipt_place *place, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* attempt_rows - add failing rows to the failure just recorded. */
void attempt_rows(struct attempt *t, const struct receipt_row *rows, size_t n, uint64_t total);
/* attempt_criterion - record the outcome of a check, for the receipt. */
void attempt_criterion(struct attempt *t, const char *says, bool is_ok, const char *detail);
/* attempt_is_ordered_off - the main thread wants this attempt to end. */
bool attempt_is_ordered_off(const struct attempt *t);

/* inputs.c */
int inputs_materialize(struct attempt *t, struct err *err);
int inputs_project(struct attempt *t, struct err *err);
int inputs_verify(struct attempt *t, struct err *err);
/* program.c */
int program_run(struct attempt *t, struct err *err);
/* outputs.c */
int outputs_collect(struct attempt *t, struct err *err);
/* outputs_publish - give the copies their names in the store: the logs, and all outputs unless it failed. */
int outputs_publish(struct attempt *t, struct err *err);
/* verify.c */
int outputs_verify(struct attempt *t, struct err *err);
/* subset.c - each row of out has its key in in, when in has the key's columns. */
struct subset_side {
	const char *path;
	int fd;
	const struct artifact_profile *profile;
};
int subset_verify(struct attempt *t, const struct subset_side *out, const struct subset_side *in,
    const struct jx *key, const char *says, struct err *err);
/* schema.c - hold a JSON output against its schema; findings become the attempt's failure. */
int schema_verify(struct attempt *t, const struct attempt_output *o, struct err *err);
/* pack_at - the document of the contract's i-th pack, by the hash that the contract has. */
int pack_at(struct attempt *t, size_t i, const struct jx **out, struct err *err);
/* entity_find - an entity's definition and its pack's document, by the hashes that the contract has. */
int entity_find(struct attempt *t, const char *entity, const struct jx **from, const struct jx **out,
    struct err *err);
/* entity.c - is this table what its entity says? what: "input", "output". class of the failure. */
int entity_verify(struct attempt *t, const char *what, const char *class, const char *path,
    const char *entity, int fd, const struct artifact_profile *profile, struct err *err);
/* validators.c - run the contract's validators over all outputs; a broken one of severity error becomes the failure. */
int validators_verify(struct attempt *t, struct err *err);
/* near.c - the declared path that a stray one may have meant, or NULL. */
const char *near_path(const struct contract *c, const struct attempt_output *outputs,
    const char *path);
/* profile of a blob by its hash and claimed kind: remembered, or measured now. */
int profile_of_blob(struct attempt *t, int fd, const char *path, const char *kind,
    const char *sha256, struct artifact_profile *out, struct err *err);
#endif
