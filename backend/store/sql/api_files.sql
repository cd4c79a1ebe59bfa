-- SPDX-License-Identifier: Apache-2.0
-- Files of a workspace, and who may read which bytes. All of it runs in a transaction with forge.ws set.

-- name: file_list :many (after text, n int) -> (id bigint, path text, sha256 text, bytes bigint, kind text, rows bigint, entity text, parse_ok boolean, parse_detail text, profile text, created_at text, head text)
-- role: forge_api
select id, path, sha256, bytes, kind, row_count as rows, entity, parse_ok, parse_detail,
	case when not parse_ok then profile end as profile, forge.iso(created_at) as created_at,
	left(profile, 1000) as head
from forge.file where ws = forge.current_ws() and ended_at is null and path collate "C" > $1
order by path collate "C" limit $2;

-- name: file_get :opt (path text) -> (id bigint, path text, sha256 text, bytes bigint, kind text, rows bigint, entity text, parse_ok boolean, parse_detail text, profile text, created_at text, head text)
-- role: forge_api
select id, path, sha256, bytes, kind, row_count as rows, entity, parse_ok, parse_detail, profile,
	forge.iso(created_at) as created_at, left(profile, 1000) as head
from forge.file where ws = forge.current_ws() and ended_at is null and path = $1;

-- name: file_facts :many (paths text[]) -> (path text, sha256 text, bytes bigint, profile text)
-- role: forge_api
select path, sha256, bytes, profile from forge.file
where ws = forge.current_ws() and ended_at is null and ($1::text[] is null or path = any($1))
order by path collate "C" limit 4097;

-- name: file_of_entities :many (entities text[]) -> (path text, sha256 text, bytes bigint, kind text, entity text, parse_ok boolean)
-- role: forge_api
select path, sha256, bytes, kind, entity, parse_ok from forge.file
where ws = forge.current_ws() and ended_at is null and entity = any($1)
order by path collate "C" limit 1000;

-- name: file_alike :many (path text) -> (path text)
-- role: forge_api
select path from forge.file
where ws = forge.current_ws() and ended_at is null and forge.path_fold(path) = forge.path_fold($1) and path <> $1
order by path limit 5;

-- name: file_put :one (path text, sha256 text, bytes bigint, kind text, entity text, rows bigint, parse_ok boolean, parse_detail text, profile text, user_id bigint) -> (id bigint)
-- role: forge_api
select forge.file_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as id;

-- name: file_drop :one (path text) -> (id bigint)
-- role: forge_api
select forge.file_drop($1) as id;

-- name: artifact_find :opt (run bigint, path text) -> (sha256 text, bytes bigint, kind text)
-- role: forge_api
select sha256, bytes, kind from forge.artifact where ws = forge.current_ws() and run_id = $1 and path = $2;

-- name: blob_find :opt (sha256 text) -> (bytes bigint, kind text, what text)
-- role: forge_api
select b.bytes, coalesce(
	(select a.kind from forge.artifact a where a.ws = b.ws and a.sha256 = b.sha256 limit 1),
	(select f.kind from forge.file f where f.ws = b.ws and f.sha256 = b.sha256 order by f.id desc limit 1)) as kind, b.kind as what
from forge.blob_ref b where b.ws = forge.current_ws() and b.sha256 = $1
order by b.kind limit 1;
