/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ADMIN_H
#define API_ADMIN_H
/* Accounts, made at the machine by somebody who may connect as forge_migrate (FORGE_DB says how). */
struct err;

struct admin_user {
	const char *email;
	const char *name;
	const char *workspace; /* NULL with tenant_of: none is made */
	const char *tenant_of; /* address of a user whose tenant they join; NULL: a tenant of their own */
};

/*
 * admin_create_user - a user with a tenant and a workspace, or a colleague of one; prints one line of JSON:
 * {"user","tenant","workspace","email","new","password"}. An address that is taken keeps its account
 * and password ("new" false, "password" null). Returns 0, or -1: E_USAGE, E_CONFIG, E_DB.
 */
int admin_create_user(const struct admin_user *u, struct err *err);

/* admin_set_password - prints {"user","email","password"}. E_NOT_FOUND when there is no such user. */
int admin_set_password(const char *email, struct err *err);
#endif
