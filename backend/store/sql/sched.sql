-- SPDX-License-Identifier: Apache-2.0
-- What the scheduler does.

-- name: reap :many () -> (run_id bigint, step_id text, attempt int)
-- role: forge_sched
select run_id, step_id, attempt from forge.reap();

-- name: expire :one () -> (sessions int, idems int, throttles int)
-- role: forge_sched
select sessions, idems, throttles from forge.expire();

-- name: maintain :one () -> (made int)
-- role: forge_sched
select forge.maintain() as made;

-- name: next_deadline :one (ttl_ms bigint) -> (wait_ms bigint, due int)
-- role: forge_sched
select wait_ms, due from forge.next_deadline($1 * interval '1 ms');
