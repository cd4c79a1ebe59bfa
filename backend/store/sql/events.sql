-- SPDX-License-Identifier: Apache-2.0
-- What the hub of live streams reads.

-- name: events_read :many (ws bigint, run bigint, after int, n int) -> (seq int, kind text, at text, body text)
-- role: forge_events
select seq, kind, at, body from forge.events_read($1, $2, $3, $4);

-- name: events_head :one (ws bigint, run bigint) -> (seq int, is_ended boolean)
-- role: forge_events
select seq, is_ended from forge.events_head($1, $2);
