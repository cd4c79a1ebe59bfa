/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_CELL_PROTO_H
#define SANDBOX_CELL_PROTO_H
/*
 * What forge-runner and forge-cell say to each other over var/run/cell.sock (SOCK_SEQPACKET, so a
 * message is a datagram and arrives whole). Fixed structs of this machine's byte order, descriptors
 * by SCM_RIGHTS, the peer checked by SO_PEERCRED. One connection carries one attempt:
 *
 *     runner                                     cell
 *     REQUEST (limits, argv)                 →
 *     FILES   (≤ 64 paths + as many fds) …   →   builds the sandbox
 *                                            ←   STARTED
 *                                            ←   OUTPUTS  (≤ 32 entries, their fds) …
 *                                            ←   RESULT   (verdict, usage, stdout and stderr memfds)
 *     or, instead of any of the answers      ←   ERROR    (the sandbox could not be made)
 *
 * Closing the connection at any time kills the attempt. The runner's library is sandbox/cell.h.
 */
#include <stdint.h>

#include "sandbox/limits.h"

#define CELL_MAGIC 0x6c6c6563u /* "cell" */
#define CELL_VERSION 1u

#define CELL_ARGV_MAX 256
#define CELL_ARGV_BYTES_MAX 32768
#define CELL_FILES_MAX 1024
#define CELL_FILES_BATCH 64  /* below the kernel's 253 descriptors a message */
#define CELL_DEST_BYTES 512
#define CELL_OUTPUTS_BATCH 32
#define CELL_NAME_BYTES 1024 /* a relative output path and its NUL */
#define CELL_TEXT_BYTES 512 /* as struct err has */

enum cell_msg_type {
	CELL_REQUEST = 1,
	CELL_FILES,
	CELL_STARTED,
	CELL_OUTPUTS,
	CELL_RESULT,
	CELL_ERROR,
};

struct cell_msg_head {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
};

struct cell_msg_request {
	struct cell_msg_head head;
	char label[CELL_LABEL_BYTES]; /* [A-Za-z0-9._-], for logs only */
	struct cell_limits limits;
	uint32_t n_argv;
	uint32_t argv_bytes; /* n_argv NUL-terminated strings, one after the other */
	uint32_t n_files;    /* that will follow in FILES messages */
	uint32_t zero;
	char argv[CELL_ARGV_BYTES_MAX]; /* only argv_bytes of it are sent */
};

struct cell_msg_files {
	struct cell_msg_head head;
	uint32_t n; /* entries, and descriptors with the message, in this order */
	uint32_t zero;
	struct {
		char path[CELL_DEST_BYTES]; /* absolute, below /workspace/input, /workspace/meta, /skills */
	} item[CELL_FILES_BATCH]; /* only n of them are sent */
};

struct cell_msg_started {
	struct cell_msg_head head;
	uint64_t prepare_us; /* from the whole request received to the program released */
};

struct cell_msg_result {
	struct cell_msg_head head;
	uint32_t verdict;   /* enum cell_verdict */
	int32_t exit_code;  /* -1 unless it exited */
	int32_t signal;     /* 0 unless a signal ended it */
	uint32_t out_is_cut; /* stdout, stderr: more was written than kept */
	uint32_t err_is_cut;
	uint32_t n_files;       /* entries of OUTPUTS with a descriptor */
	uint32_t n_refused;     /* entries without */
	uint32_t files_are_cut; /* more entries than limits.output_files: the rest is not listed */
	uint64_t out_bytes; /* all that was written, kept or not */
	uint64_t err_bytes;
	struct cell_usage usage;
	struct cell_phases phases;
	char detail[CELL_TEXT_BYTES]; /* one clause that says what the verdict saw */
	/* with two descriptors: stdout and stderr, memfds, sealed */
};

struct cell_msg_outputs {
	struct cell_msg_head head;
	uint32_t n;
	uint32_t n_fds; /* one for each entry whose refusal is CELL_REFUSE_NONE, in this order */
	struct cell_wire_output {
		char path[CELL_NAME_BYTES]; /* relative to /workspace/output; escaped when refused for its name */
		uint64_t bytes;
		uint32_t refusal; /* enum cell_refusal */
		uint32_t zero;
	} item[CELL_OUTPUTS_BATCH]; /* only n of them are sent */
};

struct cell_msg_error {
	struct cell_msg_head head;
	int32_t code; /* enum err_code */
	int32_t sys_errno;
	char text[CELL_TEXT_BYTES];
};
#endif
