-- SPDX-License-Identifier: Apache-2.0
-- Packs of a tenant's own, and what a workspace has switched. All of it runs in a transaction with forge.ws set.

-- name: pack_set :many () -> (pack text, version text, is_enabled boolean, bundle_sha256 text, bundle_bytes bigint)
-- role: forge_api
select w.pack, w.version, w.is_enabled, v.bundle_sha256, v.bundle_bytes
from forge.workspace_pack w
	left join forge.pack_version v on v.tenant_id = w.tenant_id and v.pack = w.pack and v.version = w.version
where w.ws = forge.current_ws() order by w.pack limit 1000;

-- name: pack_set_hash :one () -> (state text)
-- role: forge_api
select forge.pack_set_hash() as state;

-- name: pack_versions :many (pack text) -> (pack text, version text, sha256 text, bundle_bytes bigint, label text, entities int, playbooks int, validators int, programs int, uploaded_by text, created_at text)
-- role: forge_api
-- pack: null for all
select v.pack, v.version, v.sha256, v.bundle_bytes, v.label, (v.summary ->> 'entities')::int as entities,
	(v.summary ->> 'playbooks')::int as playbooks, (v.summary ->> 'validators')::int as validators,
	(v.summary ->> 'programs')::int as programs, u.name as uploaded_by, forge.iso(v.created_at) as created_at
from forge.pack_version v join forge.app_user u on u.id = v.uploaded_by
where $1::text is null or v.pack = $1
order by v.pack, v.version_order desc limit 5000;

-- name: pack_version_get :opt (pack text, version text) -> (document text, bundle_sha256 text, bundle_bytes bigint)
-- role: forge_api
select document, bundle_sha256, bundle_bytes from forge.pack_version where pack = $1 and version = $2;

-- name: pack_put :one (pack text, version text, sha256 text, document text, bundle_sha256 text, bundle_bytes bigint, label text, summary text, entities text[], user_id bigint) -> (is_new boolean)
-- role: forge_api
select forge.pack_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as is_new;

-- name: workspace_pack_put :exec (pack text, version text, enabled boolean, user_id bigint, state text) -> (workspace_pack_put void)
-- role: forge_api
select forge.workspace_pack_put($1, $2, $3, $4, $5);

-- name: pack_drop :one (pack text, version text) -> (is_there boolean, workspaces int, plans int)
-- role: forge_api
select is_there, workspaces, plans from forge.pack_drop($1, $2);

-- name: pack_uses :one (pack text, entities text[]) -> (plans bigint, runs bigint, files bigint)
-- role: forge_api
select (select count(distinct p.plan_id) from forge.plan_pack p where p.ws = forge.current_ws() and p.pack = $1) as plans,
	(select count(*) from forge.run r where r.ws = forge.current_ws()
		and exists (select from forge.plan_pack p where p.ws = r.ws and p.plan_id = r.plan_id and p.pack = $1)) as runs,
	(select count(*) from forge.file f where f.ws = forge.current_ws() and f.ended_at is null and f.entity = any($2)) as files;

-- name: pack_plans :many (pack text, n int) -> (id bigint, objective text, version text, created_at text)
-- role: forge_api
select pl.id, left(pl.objective, 300) as objective, max(p.version) as version, forge.iso(pl.created_at) as created_at
from forge.plan_pack p join forge.plan pl on pl.ws = p.ws and pl.id = p.plan_id
where p.ws = forge.current_ws() and p.pack = $1
group by pl.ws, pl.id order by pl.id desc limit $2;

-- name: pack_runs :many (pack text, n int) -> (id bigint, plan_id bigint, objective text, state text, created_at text)
-- role: forge_api
select r.id, r.plan_id, left(pl.objective, 300) as objective, r.state, forge.iso(r.created_at) as created_at
from forge.run r join forge.plan pl on pl.ws = r.ws and pl.id = r.plan_id
where r.ws = forge.current_ws() and exists (select from forge.plan_pack p where p.ws = r.ws and p.plan_id = r.plan_id and p.pack = $1)
order by r.id desc limit $2;

-- name: pack_files :many (entities text[], n int) -> (id bigint, path text, entity text)
-- role: forge_api
select id, path, entity from forge.file
where ws = forge.current_ws() and ended_at is null and entity = any($1) order by path collate "C" limit $2;
