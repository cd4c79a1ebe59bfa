-- SPDX-License-Identifier: Apache-2.0
-- What the runner does to a run. The functions are in migrations/0005_queue.sql.

-- name: claim :many (host text, incarnation text, n int, after bigint, ttl_ms bigint) -> (ws bigint, run_id bigint, no int, step_id text, attempt int, epoch bigint, token uuid, contract text, contract_hash text, plan_hash text, profile text)
-- role: forge_runner
select ws, run_id, no, step_id, attempt, epoch, token, contract, contract_hash, plan_hash, profile
from forge.claim($1, $2, $3, $4, $5 * interval '1 ms');

-- name: heartbeat :many (tokens uuid[], ttl_ms bigint) -> (token uuid, is_stopping boolean)
-- role: forge_runner
select token, is_stopping from forge.heartbeat($1, $2 * interval '1 ms');

-- name: step_input :many (run bigint, no int, token uuid) -> (name text, path text, source_type text, source_path text, sha256 text, bytes bigint, kind text, entity text)
-- role: forge_runner
select name, path, source_type, source_path, sha256, bytes, kind, entity from forge.step_input($1, $2, $3);

-- name: preflight :one (run bigint, no int, token uuid, receipt text) -> (head text)
-- role: forge_runner
select forge.preflight($1, $2, $3, $4) as head;

-- name: step_phase :exec (run bigint, no int, token uuid, phase text) -> (done void)
-- role: forge_runner
select forge.step_phase($1, $2, $3, $4) as done;

-- name: commit_step :one (run bigint, no int, token uuid, receipt text) -> (run_state text, readied int)
-- role: forge_runner
select run_state, readied from forge.commit_step($1, $2, $3, $4);

-- name: fail_step :one (run bigint, no int, token uuid, receipt text) -> (run_state text, retry_in_ms bigint)
-- role: forge_runner
select run_state, case when retry_at is not null
	then greatest(0, ceil(extract(epoch from retry_at - clock_timestamp()) * 1000))::bigint end as retry_in_ms
from forge.fail_step($1, $2, $3, $4);

-- name: release_step :one (run bigint, no int, token uuid, reason text) -> (run_state text)
-- role: forge_runner
select forge.release_step($1, $2, $3, $4) as run_state;

-- name: release_host :many (host text, incarnation text) -> (run_id bigint)
-- role: forge_runner
select run_id from forge.release_host($1, $2);

-- name: wake :exec (runs bigint[], ready boolean) -> (done void)
-- role: forge_runner, forge_sched, forge_api
select forge.wake($1, $2) as done;
