/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/list.h"
#include "api/password.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/jw.h"
#include "core/rnd.h"
#include "core/utf8.h"
#include "store/db.h"

#define NEW_PASSWORD_DIGITS 20 /* base 62: 119 bits */

/* The first line of standard input; a fresh one when there is none, and *is_new. */
static int
take_password(struct arena *a, const char *email, const char **out, bool *is_new, struct err *err)
{
	char line[PASSWORD_BYTES_MAX + 2] = "";
	char *fresh = arena_alloc(a, NEW_PASSWORD_DIGITS + 1);
	size_t n;

	if (!isatty(STDIN_FILENO) && !fgets(line, sizeof line, stdin))
		line[0] = '\0';
	n = strcspn(line, "\r\n");
	*is_new = n == 0;
	if (n == 0) {
		rnd_token(fresh, NEW_PASSWORD_DIGITS);
		*out = fresh;
		return 0;
	}
	*out = arena_dup(a, line, n);
	return password_check(*out, email, err);
}

static int
check_email(const char *email, struct err *err)
{
	size_t n = strlen(email);
	const char *at = strchr(email, '@');

	if (n > 254 || !at || at == email || !at[1] || strpbrk(email, " \t\r\n,;<>\"") ||
	    utf8_check(email, n) < n)
		return err_set(err, E_USAGE, "'%s' is not an e-mail address", email);
	return 0;
}

static void
print(struct buf *b)
{
	(void)fwrite(b->p, 1, b->len, stdout);
	(void)putchar('\n');
}

static int
insert_user(struct arena *a, const struct admin_user *u, const char *phc, struct db_rows *rows,
    struct err *err)
{
	struct db_args args = {0};
	struct db *db;
	int rc;

	db_arg_text(&args, u->email);
	db_arg_text(&args, u->name);
	db_arg_text(&args, phc);
	db_arg_text(&args, u->workspace);
	db_arg_text(&args, u->tenant_of);
	if (db_open_env("forge-api", &db, err) < 0)
		return -1;
	rc = db_run(db, SQL_USER_FIRST, &args, a, rows, err);
	db_close(db);
	return rc;
}

static int
create(struct arena *a, const struct admin_user *u, struct err *err)
{
	const char *password, *phc;
	struct db_rows rows;
	bool is_fresh, is_new;
	struct buf b;
	struct jw w;

	if (check_email(u->email, err) < 0 || take_password(a, u->email, &password, &is_fresh, err) < 0 ||
	    password_hash(a, password, &phc, err) < 0 || insert_user(a, u, phc, &rows, err) < 0)
		return -1;
	is_new = db_bool(&rows, 0, COL_USER_FIRST_IS_NEW);
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_id(&w, "user", 'u', db_i64(&rows, 0, COL_USER_FIRST_USER_ID));
	jw_id(&w, "tenant", 't', db_i64(&rows, 0, COL_USER_FIRST_TENANT_ID));
	if (db_is_null(&rows, 0, COL_USER_FIRST_WORKSPACE_ID))
		jw_null(&w, "workspace");
	else
		jw_id(&w, "workspace", 'w', db_i64(&rows, 0, COL_USER_FIRST_WORKSPACE_ID));
	jw_str(&w, "email", u->email);
	jw_bool(&w, "new", is_new);
	jw_str(&w, "password", is_new && is_fresh ? password : NULL);
	jw_end(&w);
	print(&b);
	return 0;
}

int
admin_create_user(const struct admin_user *u, struct err *err)
{
	struct arena *a;
	int rc;

	if (!u->name || !*u->name || strlen(u->name) > 200)
		return err_set(err, E_USAGE, "--name is needed, 1 to 200 bytes");
	if (!u->workspace && !u->tenant_of)
		return err_set(err, E_USAGE, "--workspace is needed, or --tenant-of");
	if (u->workspace && (!*u->workspace || strlen(u->workspace) > 100))
		return err_set(err, E_USAGE, "--workspace has 1 to 100 bytes");
	a = arena_new(1 << 20);
	rc = create(a, u, err);
	arena_free(a);
	return rc;
}

static int
replace(struct arena *a, const char *email, struct err *err)
{
	const char *password, *phc;
	struct db_args args = {0};
	struct db_rows rows;
	struct db *db;
	bool is_fresh;
	struct buf b;
	struct jw w;
	int rc;

	if (take_password(a, email, &password, &is_fresh, err) < 0 ||
	    password_hash(a, password, &phc, err) < 0 || db_open_env("forge-api", &db, err) < 0)
		return -1;
	db_arg_text(&args, email);
	db_arg_text(&args, phc);
	rc = db_run(db, SQL_USER_PASSWORD, &args, a, &rows, err);
	db_close(db);
	if (rc < 0)
		return -1;
	if (db_is_null(&rows, 0, COL_USER_PASSWORD_USER_ID))
		return err_set(err, E_NOT_FOUND, "nobody has an account with the address '%s'", email);
	buf_init(&b, a);
	jw_init(&w, &b);
	jw_object(&w, NULL);
	jw_id(&w, "user", 'u', db_i64(&rows, 0, COL_USER_PASSWORD_USER_ID));
	jw_str(&w, "email", email);
	jw_str(&w, "password", is_fresh ? password : NULL);
	jw_end(&w);
	print(&b);
	return 0;
}

int
admin_set_password(const char *email, struct err *err)
{
	struct arena *a = arena_new(1 << 20);
	int rc = replace(a, email, err);

	arena_free(a);
	return rc;
}
