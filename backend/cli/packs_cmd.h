/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PACKS_CMD_H
#define CLI_PACKS_CMD_H
/* The parts of `forgectl packs`: each takes what stands behind the word, and answers an exit code. */
struct cli;
int packs_check(struct cli *c, int argc, char **argv); /* packs_cmd.c */
int packs_list(struct cli *c, int argc, char **argv);  /* packs_show.c */
int packs_show(struct cli *c, int argc, char **argv);
int packs_detect(struct cli *c, int argc, char **argv); /* packs_detect.c */
int packs_validate(struct cli *c, int argc, char **argv); /* packs_validate.c */
int packs_pack(struct cli *c, int argc, char **argv); /* packs_own.c */
int packs_upload(struct cli *c, int argc, char **argv);
int packs_enable(struct cli *c, int argc, char **argv);
int packs_disable(struct cli *c, int argc, char **argv);
int packs_uses(struct cli *c, int argc, char **argv);
#endif
