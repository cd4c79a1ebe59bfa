-- SPDX-License-Identifier: Apache-2.0
-- Who is asking, and accounts. The functions are in migrations/0002_accounts.sql and 0100_api.sql.

-- name: session_enter :opt (token_sha text, ws bigint) -> (session_id bigint, user_id bigint, email text, name text, csrf text, role text)
-- role: forge_api
select session_id, user_id, email, name, csrf, role from forge.session_enter($1, $2);

-- name: key_enter :opt (key_sha text) -> (key_id bigint, ws bigint, key_role text, member_role text, user_id bigint, email text, name text)
-- role: forge_api
select key_id, ws, key_role, member_role, user_id, email, name from forge.key_enter($1);

-- name: login_begin :one (email text, ip text) -> (wait_s int)
-- role: forge_api
select forge.login_begin($1, $2) as wait_s;

-- name: login_end :exec (email text, ip text) -> (done void)
-- role: forge_api
select forge.login_end($1, $2) as done;

-- name: login_user :opt (email text) -> (user_id bigint, email text, name text, password text, disabled boolean)
-- role: forge_api
select id as user_id, email, name, password, disabled from forge.app_user where lower(email) = lower($1);

-- name: session_open :exec (token_sha text, csrf text, user_id bigint, ip text, agent text) -> ()
-- role: forge_api
insert into forge.session (token_sha, csrf, user_id, ip, agent) values ($1, $2, $3, $4, $5);

-- name: session_end :exec (token_sha text) -> ()
-- role: forge_api
update forge.session set revoked_at = now() where token_sha = $1 and revoked_at is null;

-- name: audit :exec (action text, object text, user_id bigint, key_id bigint, ip text, ok boolean, detail jsonb) -> (done void)
-- role: forge_api
select forge.audit($1, $2, $3, $4, $5, $6, $7) as done;

-- name: workspace_list :many (user_id bigint, after bigint, n int) -> (id bigint, name text, role text, created_at text)
-- role: forge_api
select id, name, role, created_at from forge.workspaces_mine($1, $2, $3);

-- name: workspace_get :opt (ws bigint) -> (id bigint, name text, created_at text)
-- role: forge_api
select id, name, forge.iso(created_at) as created_at from forge.workspace where id = $1;

-- name: workspace_new :one (user_id bigint, name text) -> (id bigint)
-- role: forge_api
select forge.workspace_new($1, $2) as id;

-- name: member_list :many (after text, n int) -> (email text, name text, role text, since text)
-- role: forge_api
select u.email, u.name, m.role, forge.iso(m.created_at) as since
from forge.member m join forge.app_user u on u.id = m.user_id
where m.ws = forge.current_ws() and lower(u.email) > lower($1) order by lower(u.email) limit $2;

-- name: member_get :opt (email text) -> (email text, name text, role text, since text)
-- role: forge_api
select u.email, u.name, m.role, forge.iso(m.created_at) as since
from forge.member m join forge.app_user u on u.id = m.user_id
where m.ws = forge.current_ws() and lower(u.email) = lower($1);

-- name: member_put :one (email text, role text) -> (user_id bigint)
-- role: forge_api
select forge.member_put($1, $2) as user_id;

-- name: member_drop :exec (email text) -> ()
-- role: forge_api
delete from forge.member m using forge.app_user u
where m.ws = forge.current_ws() and u.id = m.user_id and lower(u.email) = lower($1);

-- name: key_list :many (user_id bigint, before bigint, n int) -> (id bigint, ws bigint, name text, role text, created_at text, expires_at text, last_used_at text)
-- role: forge_api
select id, ws, name, role, created_at, expires_at, last_used_at from forge.keys_mine($1, $2, $3);

-- name: key_new :one (key_sha text, prefix text, name text, role text, user_id bigint, days int) -> (id bigint)
-- role: forge_api
insert into forge.api_key (ws, key_sha, prefix, name, role, created_by, until)
values (forge.current_ws(), $1, $2, $3, $4, $5, now() + make_interval(days => $6)) returning id;

-- name: key_revoke :one (user_id bigint, key_id bigint) -> (ws bigint)
-- role: forge_api
select forge.key_revoke($1, $2) as ws;

-- name: ping :one () -> (ok boolean)
-- role: forge_api
select true as ok;

-- name: user_first :one (email text, name text, password text, workspace text, tenant_of text) -> (user_id bigint, tenant_id bigint, workspace_id bigint, is_new boolean)
-- role: forge_migrate
select user_id, tenant_id, workspace_id, is_new from forge.user_first($1, $2, $3, $4, $5);

-- name: user_password :one (email text, password text) -> (user_id bigint)
-- role: forge_migrate
select forge.user_password($1, $2) as user_id;
