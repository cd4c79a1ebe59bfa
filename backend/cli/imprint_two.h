/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMPRINT_TWO_H
#define CLI_IMPRINT_TWO_H
/* forgectl imprint map | diff | template: two documents against each other, and Forge's own templates. argv[0] is the
 * word. A document or payload called "-" is standard input (one of them). Answers are JSON on standard output, or text with
 * --text, and then what is refused is said on standard error; exit codes as of the other imprint words (0, 1, 3, 64). */
struct cli;
/* map A B [--entity NAME] [--op-a OP --op-b OP] [--packs DIR] [--text]
 *     [--apply PAYLOAD [--payload] [--allow-unplaced]] */
int imprint_word_map(struct cli *c, int argc, char **argv);
/* diff OLD NEW [--requests-only] [--allow-unclear] [--direction request|response] [--text] */
int imprint_word_diff(struct cli *c, int argc, char **argv);
/* template planner|intent|skills|executor|evaluator [--packs DIR] [--choices FILE] */
int imprint_word_template(struct cli *c, int argc, char **argv);
#endif
