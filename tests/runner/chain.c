/* SPDX-License-Identifier: Apache-2.0 */
/* usage: runner-chain RUN < receipts.json: check a run's receipts offline, say what they tell. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/err.h"
#include "core/fd.h"
#include "core/jx.h"
#include "core/num.h"
#include "receipt/chain.h"

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct err err;
	struct receipt_link *links;
	struct receipt_story story;
	struct jx *items;
	char *text;
	size_t n, nlinks;
	int64_t run;
	if (argc != 2 || num_parse(argv[1], strlen(argv[1]), 0, INT64_MAX, &run, &err) < 0)
		return 2;
	if (fd_read_all(a, STDIN_FILENO, (size_t)64 << 20, &text, &n, &err) < 0 ||
	    jx_parse(a, text, n, NULL, &items, &err) < 0 ||
	    receipt_links_from_json(a, items, &links, &nlinks, &err) < 0 ||
	    receipt_chain_check(a, run, links, nlinks, &story, &err) < 0) {
		printf("%s\n", err.msg);
		return 1;
	}
	printf("{\"receipts\":%zu,\"steps\":%zu,\"done\":%zu,\"attempts\":%zu,\"state\":\"%s\"}\n",
	    story.receipts, story.steps, story.done, story.attempts, story.state);
	arena_free(a);
	return 0;
}
