-- SPDX-License-Identifier: Apache-2.0
-- The table of applied migrations. It is made before the first migration, so it is in a schema of its own.

-- name: migrate_schema :exec () -> ()
-- role: superuser
create schema if not exists forge_admin;

-- name: migrate_table :exec () -> ()
-- role: superuser
create table if not exists forge_admin.migration (
	name text primary key,
	sha256 text not null,
	applied_at timestamptz not null default now()
);

-- name: migrate_exists :one () -> (is_there boolean)
-- role: forge_migrate
select to_regclass('forge_admin.migration') is not null as is_there;

-- name: migrate_lock :exec () -> (done void)
-- role: forge_migrate
select pg_advisory_lock(1179603535, 0) as done;

-- name: migrate_unlock :one () -> (done boolean)
-- role: forge_migrate
select pg_advisory_unlock(1179603535, 0) as done;

-- name: migrate_list :many () -> (name text, sha256 text)
-- role: forge_migrate
select name, sha256 from forge_admin.migration order by name;

-- name: migrate_add :exec (name text, sha256 text) -> ()
-- role: forge_migrate
insert into forge_admin.migration (name, sha256) values ($1, $2);
