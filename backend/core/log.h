/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_LOG_H
#define CORE_LOG_H
/*
 * Programs log once, where an error is handled; libraries return errors. One JSON object a line on
 * stderr. Events are a closed list (core/events.def). Never user content, prompts, tokens or bodies.
 *     log_write(LOG_INFO, EV_RUN_CLAIMED, NULL, "run", run_id, "step", step_id, NULL);
 */
struct err;
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__COUNT };
enum log_event {
#define EV(name, text) name,
#include "core/events.def"
#undef EV
	EV__COUNT
};
/* log_open - name the program in each line; level from FORGE_LOG (debug|info|warn|error). */
void log_open(const char *program);
/* log_write - then pairs of const char * key, value, ended by NULL. err may be NULL. */
#define log_write(level, ...) log_write_at((level), __FILE__, __LINE__, __VA_ARGS__)
void log_write_at(enum log_level level, const char *file, int line, enum log_event event,
    const struct err *err, ...) __attribute__((sentinel));
#endif
