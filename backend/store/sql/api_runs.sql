-- SPDX-License-Identifier: Apache-2.0
-- Plans and runs as the API shows them. All of it runs in a transaction with forge.ws set.

-- name: plan_put :one (user_id bigint, objective text, document text) -> (id bigint)
-- role: forge_api
select forge.plan_put($1, $2, $3) as id;

-- name: program_refs :exec (plan bigint) -> (done void)
-- role: forge_api
select forge.program_refs($1) as done;

-- name: compile_put :exec (objective text, state text, plan bigint, passes jsonb, diagnostics jsonb, user_id bigint) -> ()
-- role: forge_api
insert into forge.compile (ws, objective, state, plan_id, passes, diagnostics, created_by)
values (forge.current_ws(), $1, $2, $3, $4, $5, $6);

-- name: plan_list :many (before bigint, n int) -> (id bigint, plan_hash text, objective text, steps int, created_at text)
-- role: forge_api
select id, plan_hash, objective, step_count as steps, forge.iso(created_at) as created_at
from forge.plan where ws = forge.current_ws() and id < $1 order by id desc limit $2;

-- name: plan_get :opt (plan bigint) -> (id bigint, plan_hash text, objective text, document text, created_at text, passes text)
-- role: forge_api
select p.id, p.plan_hash, p.objective, p.document, forge.iso(p.created_at) as created_at,
	coalesce((select c.passes::text from forge.compile c where c.ws = p.ws and c.plan_id = p.id order by c.id limit 1), '[]') as passes
from forge.plan p where p.ws = forge.current_ws() and p.id = $1;

-- name: start_run :one (user_id bigint, key text, plan bigint, plan_hash text) -> (run_id bigint, replayed boolean)
-- role: forge_api
select run_id, replayed from forge.start_run($1, $2, $3, $4, 0::smallint);

-- name: cancel_run :one (run bigint) -> (state text)
-- role: forge_api
select forge.cancel_run($1) as state;

-- name: run_list :many (before bigint, n int) -> (id bigint, plan_id bigint, plan_hash text, state text, created_at text, ended_at text, objective text, steps_total int, steps_done int)
-- role: forge_api
select r.id, r.plan_id, r.plan_hash, r.state, forge.iso(r.created_at) as created_at, forge.iso(r.ended_at) as ended_at,
	p.objective, r.step_count as steps_total, r.step_count - r.steps_left as steps_done
from forge.run r join forge.plan p on p.ws = r.ws and p.id = r.plan_id
where r.ws = forge.current_ws() and r.id < $1 order by r.id desc limit $2;

-- name: run_get :opt (run bigint) -> (id bigint, plan_id bigint, plan_hash text, state text, created_at text, ended_at text, objective text)
-- role: forge_api
select r.id, r.plan_id, r.plan_hash, r.state, forge.iso(r.created_at) as created_at, forge.iso(r.ended_at) as ended_at, p.objective
from forge.run r join forge.plan p on p.ws = r.ws and p.id = r.plan_id
where r.ws = forge.current_ws() and r.id = $1;

-- name: run_exists :opt (run bigint) -> (id bigint)
-- role: forge_api
select id from forge.run where ws = forge.current_ws() and id = $1;

-- name: run_steps :many (run bigint, step_id text) -> (no int, step_id text, label text, state text, attempt int, depends_on text, contract_hash text, started_at text, ended_at text, harness_us bigint, program_us bigint, error text)
-- role: forge_api
select s.no, s.step_id, c.label, s.state, s.attempt,
	(select coalesce(json_agg(d.step_id order by d.no), '[]')::text from forge.plan_step d
		where d.ws = s.ws and d.plan_id = s.plan_id and d.no = any(s.deps)) as depends_on,
	s.contract_hash, forge.iso(s.started_at) as started_at, forge.iso(s.ended_at) as ended_at,
	a.harness_total_us as harness_us, a.program_us, s.error::text as error
from forge.step s join forge.plan_step c on c.ws = s.ws and c.plan_id = s.plan_id and c.no = s.no
	left join forge.attempt a on a.ws = s.ws and a.run_id = s.run_id and a.no = s.no and a.attempt = s.attempt
where s.ws = forge.current_ws() and s.run_id = $1 and ($2 is null or s.step_id = $2) order by s.no;

-- What the plan promised, and whether it is there. An artifact's row exists only once its step was verified.
-- name: run_deliverables :many (run bigint) -> (path text, label text, kind text, sha256 text, bytes bigint, step_id text, state text)
-- role: forge_api
select d ->> 'path' as path, coalesce(d ->> 'label', d ->> 'name', d ->> 'path') as label, d ->> 'kind' as kind,
	a.sha256, a.bytes, d ->> 'step_id' as step_id,
	case when a.sha256 is not null then 'verified' when r.ended_at is null then 'promised' else 'missing' end as state
from forge.run r join forge.plan p on p.ws = r.ws and p.id = r.plan_id
	cross join lateral json_array_elements(p.document::json -> 'deliverables') with ordinality x(d, ord)
	left join forge.artifact a on a.ws = r.ws and a.run_id = r.id and a.path = d ->> 'path'
where r.ws = forge.current_ws() and r.id = $1 order by x.ord;

-- name: step_contract :one (run bigint, no int) -> (contract text)
-- role: forge_api
select c.contract from forge.step s join forge.plan_step c on c.ws = s.ws and c.plan_id = s.plan_id and c.no = s.no
where s.ws = forge.current_ws() and s.run_id = $1 and s.no = $2;

-- Ended attempts, then the one that runs now.
-- name: step_attempts :many (run bigint, no int) -> (attempt int, state text, started_at text, ended_at text, verdict text, exit_code int, failure text, streams text)
-- role: forge_api
select a.attempt, a.state, forge.iso(a.started_at) as started_at, forge.iso(a.ended_at) as ended_at, a.verdict, a.exit_code, a.failure::text as failure,
	(select (q.body::json #> '{predicate,forge}')::text from forge.receipt q
		where q.ws = a.ws and q.run_id = a.run_id and q.seq = a.receipt_seq and q.kind = 'postflight') as streams
from forge.attempt a where a.ws = forge.current_ws() and a.run_id = $1 and a.no = $2
union all
select l.attempt, 'leased', forge.iso(l.started_at), null, null, null, null, null
from forge.lease l where l.ws = forge.current_ws() and l.run_id = $1 and l.no = $2
order by 1;

-- name: step_artifacts :many (run bigint, no int) -> (name text, path text, kind text, entity text, sha256 text, bytes bigint, rows bigint, role text, label text, is_deliverable boolean, profile text)
-- role: forge_api
select name, path, kind, entity, sha256, bytes, row_count as rows, role, label, is_deliverable, profile::text as profile
from forge.artifact where ws = forge.current_ws() and run_id = $1 and no = $2 order by name;

-- name: receipt_list :many (run bigint, step_id text, after bigint, n int) -> (seq int, step_id text, attempt int, kind text, hash text, prev text, at text, body text)
-- role: forge_api
select seq, step_id, attempt, kind, hash, prev, forge.iso(at) as at, body from forge.receipt
where ws = forge.current_ws() and run_id = $1 and ($2 is null or step_id = $2) and seq > $3 order by seq limit $4;
