-- SPDX-License-Identifier: Apache-2.0
-- The catalog's pages. All of it runs in a transaction with forge.ws set.

-- name: files_of_entity :many (entity text) -> (path text, bytes bigint, kind text, rows bigint, parse_ok boolean)
-- role: forge_api
select path, bytes, kind, row_count as rows, parse_ok from forge.file
where ws = forge.current_ws() and ended_at is null and entity = $1
order by path collate "C" limit 101;
