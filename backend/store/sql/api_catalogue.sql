-- SPDX-License-Identifier: Apache-2.0
-- Catalogues of operations, made from API descriptions. All of it runs in a transaction with forge.ws set.

-- name: catalogue_file :opt (id bigint) -> (path text, sha256 text, bytes bigint)
-- role: forge_api
select path, sha256, bytes from forge.file where ws = forge.current_ws() and id = $1 and ended_at is null;

-- name: catalogue_of :opt (sha256 text) -> (id bigint)
-- role: forge_api
select id from forge.api_catalogue where ws = forge.current_ws() and sha256 = $1;

-- name: catalogue_put :one (file bigint, doc text, user_id bigint) -> (id bigint, is_new boolean)
-- role: forge_api
select id, is_new from forge.catalogue_put($1, $2, $3);

-- name: catalogue_drop :one (id bigint) -> (id bigint)
-- role: forge_api
select forge.catalogue_drop($1) as id;

-- name: catalogue_list :many (before bigint, n int) -> (id bigint, sha256 text, bytes bigint, path text, dialect text, title text, version text, server text, operations int, refused int, problems text, is_current boolean, created_at text)
-- role: forge_api
select c.id, c.sha256, c.bytes, c.path, c.dialect, c.title, c.version, c.server, c.operations, c.refused, c.problems::text as problems,
	exists (select from forge.file f where f.ws = c.ws and f.sha256 = c.sha256 and f.ended_at is null) as is_current,
	forge.iso(c.created_at) as created_at
from forge.api_catalogue c where c.ws = forge.current_ws() and c.id < $1
order by c.id desc limit $2;

-- name: catalogue_get :opt (id bigint) -> (id bigint, sha256 text, bytes bigint, path text, dialect text, title text, version text, server text, operations int, refused int, problems text, is_current boolean, created_at text)
-- role: forge_api
select c.id, c.sha256, c.bytes, c.path, c.dialect, c.title, c.version, c.server, c.operations, c.refused, c.problems::text as problems,
	exists (select from forge.file f where f.ws = c.ws and f.sha256 = c.sha256 and f.ended_at is null) as is_current,
	forge.iso(c.created_at) as created_at
from forge.api_catalogue c where c.ws = forge.current_ws() and c.id = $1;

-- name: catalogue_tags :many (id bigint) -> (tag text, n int)
-- role: forge_api
select tag, count(*)::int as n from forge.api_operation
where ws = forge.current_ws() and catalogue_id = $1 and tag <> '' group by tag order by min(no) limit 1000;

-- name: operation_list :many (catalogue bigint, after int, words text[], tag text, method text, n int) -> (no int, key text, method text, path text, operation_id text, summary text, tag text, is_deprecated boolean, template_sha256 text, template_bytes int, leaves int, required int, warnings int, refused_code text, refused_says text)
-- role: forge_api
-- words: each must occur, in any of method, path, id, summary and tag
select no, key, method, path, operation_id, summary, tag, is_deprecated, template_sha256, template_bytes, leaves, required,
	warnings, refused_code, refused_says
from forge.api_operation o
where ws = forge.current_ws() and catalogue_id = $1 and no > $2
	and not exists (select from unnest($3::text[]) w where strpos(o.haystack, lower(w)) = 0)
	and ($4::text is null or tag = $4) and ($5::text is null or method = $5)
order by no limit $6;

-- name: operation_get :opt (catalogue bigint, key text) -> (no int, key text, method text, path text, operation_id text, summary text, tag text, is_deprecated boolean, template_sha256 text, template_bytes int, leaves int, required int, warnings int, refused_code text, refused_says text, sha256 text, bytes bigint, title text, server text)
-- role: forge_api
select o.no, o.key, o.method, o.path, o.operation_id, o.summary, o.tag, o.is_deprecated, o.template_sha256, o.template_bytes,
	o.leaves, o.required, o.warnings, o.refused_code, o.refused_says, c.sha256, c.bytes, c.title, c.server
from forge.api_operation o join forge.api_catalogue c on c.ws = o.ws and c.id = o.catalogue_id
where o.ws = forge.current_ws() and o.catalogue_id = $1 and o.key = $2;
