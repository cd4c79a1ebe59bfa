-- SPDX-License-Identifier: Apache-2.0
-- Why: runs. Hot state in tiny insert/delete tables (ready, lease), history in append-only ones (attempt,
-- receipt, event). Rows updated per step carry no index on a changing column and stay HOT.

set role forge_owner;
set search_path = forge, pg_temp;

create table run (
	ws bigint not null,
	id bigint not null default new_id(),
	plan_id bigint not null,
	plan_hash sha256_hex not null,
	state text not null default 'running' check (state in ('running', 'waiting', 'done', 'failed', 'cancelled')),
	final text check (final in ('failed', 'cancelled')), -- decided, while steps on runners still end
	class smallint not null default 5 check (class between 0 and 9), -- 0 interactive … 9 backfill
	max_parallel int not null,
	step_count int not null,
	steps_left int not null check (steps_left >= 0),
	gates_open int not null default 0 check (gates_open >= 0),
	chain_seq int not null default 0, -- receipts so far, and the hash of the last one
	chain_head sha256_hex not null default repeat('0', 64),
	ev_seq int not null default 0, -- events so far
	error jsonb, -- {"step","class","message","place"} of the failure that ended it
	started_by bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	ended_at timestamptz,
	primary key (ws, id),
	unique (id),
	foreign key (ws, plan_id) references plan (ws, id),
	check ((ended_at is null) = (state in ('running', 'waiting')))
) with (fillfactor = 70);
create index run_open on run (ws) where ended_at is null;

create table step (
	ws bigint not null,
	run_id bigint not null,
	no int not null,
	plan_id bigint not null,
	step_id text not null,
	contract_hash sha256_hex not null,
	deps int[] not null,
	next int[] not null,
	deps_left int not null check (deps_left >= 0),
	is_gated boolean not null,
	gate_passed boolean not null default false,
	state text not null default 'blocked' check (state in ('blocked', 'ready', 'leased', 'gate', 'done', 'failed', 'cancelled')),
	attempt int not null default 0, -- number of the last attempt, from 1
	failures int not null default 0,
	losses int not null default 0,
	max_retries int not null,
	started_at timestamptz, -- of the last attempt
	ended_at timestamptz,
	error jsonb, -- {"class","message","place"} of the last attempt that failed
	primary key (ws, run_id, no),
	unique (ws, run_id, step_id),
	foreign key (ws, run_id) references run (ws, id),
	foreign key (ws, plan_id, no) references plan_step (ws, plan_id, no)
) with (fillfactor = 70);

create table ready ( -- insert on enqueue, delete on claim; never updated
	ws bigint not null,
	class smallint not null,
	id bigint not null default new_id(),
	run_id bigint not null,
	no int not null,
	run_at timestamptz not null default now(),
	primary key (ws, class, id),
	unique (ws, run_id, no), -- a step is queued once
	foreign key (ws, run_id, no) references step (ws, run_id, no)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

create sequence epochseq;
create table lease ( -- one row per running attempt
	ws bigint not null,
	run_id bigint not null,
	no int not null,
	token uuid not null default gen_random_uuid(), -- secret of the runner that holds it
	epoch bigint not null default nextval('epochseq'), -- public, grows with every lease
	host text not null,
	incarnation text not null, -- one life of the runner process
	attempt int not null,
	until timestamptz not null,
	started_at timestamptz not null default clock_timestamp(),
	primary key (ws, run_id, no), -- at most one live attempt per step, by construction
	foreign key (ws, run_id, no) references step (ws, run_id, no)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
-- `until` has no index on purpose: heartbeats stay HOT. The table is as small as what runs now.

create table attempt ( -- one row per attempt that has ended
	ws bigint not null,
	run_id bigint not null,
	no int not null,
	attempt int not null check (attempt >= 1),
	state text not null check (state in ('done', 'failed', 'lost', 'cancelled', 'released')),
	host text not null,
	epoch bigint not null,
	started_at timestamptz not null,
	ended_at timestamptz not null default clock_timestamp(),
	verdict text, -- ok lost policy oom pids wall cpu output_quota seccomp signal exit
	exit_code int,
	failure jsonb, -- {"class","message","place","retryable"}
	harness_us jsonb, -- {"prepare":n,…,"program":n,…}
	harness_total_us bigint, -- sum of them without program
	program_us bigint,
	receipt_seq int not null, -- the receipt that tells it
	primary key (ws, run_id, no, attempt),
	foreign key (ws, run_id, no) references step (ws, run_id, no)
);

create table artifact (
	ws bigint not null,
	run_id bigint not null,
	no int not null,
	name text not null,
	path text not null,
	sha256 sha256_hex not null,
	bytes bigint not null check (bytes >= 0),
	kind text not null,
	entity text,
	artifact_profile text,
	role text,
	label text,
	is_deliverable boolean not null,
	row_count bigint,
	profile jsonb not null, -- the postflight's words about it: parse, rows, columns, candidate_keys
	attempt int not null,
	created_at timestamptz not null default clock_timestamp(),
	primary key (ws, run_id, no, name),
	unique (ws, run_id, path),
	foreign key (ws, run_id, no) references step (ws, run_id, no)
);
create index artifact_sha on artifact (ws, sha256);

-- Receipts: the canonical bytes that were hashed, chained per run:
-- hash = SHA-256(prev ‖ int8 run ‖ int4 seq ‖ kind 1F step_id 1F attempt 1F body), prev of the first is 32 zero bytes,
-- integers big-endian, step_id empty and attempt 0 where there is none.
create table receipt (
	ws bigint not null,
	run_id bigint not null,
	seq int not null,
	step_id text,
	attempt int,
	kind text not null check (kind in ('run.start', 'preflight', 'postflight', 'attempt.lost', 'attempt.released',
		'gate.decided', 'run.done', 'run.failed', 'run.cancelled')),
	prev sha256_hex not null,
	hash sha256_hex not null,
	body text not null,
	at timestamptz not null default clock_timestamp(),
	primary key (run_id, seq),
	foreign key (ws, run_id) references run (ws, id)
) partition by range (run_id);

-- Events: what live streams send; commit-ordered per run, because seq is taken under the run's row lock.
create table event (
	ws bigint not null,
	run_id bigint not null,
	seq int not null,
	kind text not null check (kind in ('run.start', 'step.ready', 'step.start', 'step.phase', 'step.done', 'step.retry', 'step.lost',
		'step.failed', 'gate.open', 'gate.decided', 'run.done', 'run.failed', 'run.cancelled')),
	body jsonb not null default '{}',
	at timestamptz not null default clock_timestamp(),
	primary key (run_id, seq),
	foreign key (ws, run_id) references run (ws, id)
) partition by range (run_id);

create table idem (
	ws bigint not null,
	key text not null check (length(key) between 1 and 200),
	request_sha sha256_hex not null,
	run_id bigint not null,
	created_at timestamptz not null default now(),
	primary key (ws, key)
);

call tenant_table('run');
call tenant_table('step');
call tenant_table('ready');
call tenant_table('lease');
call tenant_table('attempt');
call tenant_table('artifact');
call tenant_table('receipt');
call tenant_table('event');
call tenant_table('idem');
call append_only('attempt');
call append_only('artifact');
call append_only('receipt');

-- maintain - make the monthly partitions of receipts and events ahead of time. Partitions have no grants
-- of their own: they are reached through their parent and its policies only.
create function maintain(p_months_ahead int default 2) returns int
language plpgsql security definer set search_path = forge, pg_temp set timezone = 'UTC' as $$
declare
	m timestamptz;
	t text;
	n int := 0;
begin
	for i in 0..p_months_ahead loop
		m := date_trunc('month', now()) + make_interval(months => i);
		foreach t in array array['receipt', 'event'] loop
			if to_regclass(format('forge.%I', t || '_' || to_char(m, 'YYYYMM'))) is null then
				execute format('create table forge.%I partition of forge.%I for values from (%s) to (%s)',
					t || '_' || to_char(m, 'YYYYMM'), t, forge.id_at(m), forge.id_at(m + interval '1 month'));
				if t = 'receipt' then -- row triggers reach partitions by themselves, this one does not
					execute format('create trigger append_only_all before truncate on forge.%I for each statement execute function forge.deny_change()',
						t || '_' || to_char(m, 'YYYYMM'));
				end if;
				n := n + 1;
			end if;
		end loop;
	end loop;
	return n;
end $$;
select maintain();

grant select on run, step, attempt, artifact, receipt, event to forge_api;
grant select (ws, run_id, no, attempt, epoch, host, started_at, until) on lease to forge_api;
grant execute on function maintain(int) to forge_sched;

reset role;
reset search_path;
