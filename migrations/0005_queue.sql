-- SPDX-License-Identifier: Apache-2.0
-- Why: every change of a run goes through these functions. They run with the owner's rights under a fixed
-- search_path; the runner and the scheduler may call them and can touch no table. A lease's token is the
-- fence: each write of an attempt proves it under the run's row lock, so a stale runner cannot commit.
-- Lock order is run row first, always. No NOTIFY in a step's transaction: it takes a global lock at commit. wake()
-- sends them in transactions of its own; only what people start or stop says so in its own commit.

set role forge_owner;
set search_path = forge, pg_temp;

-- ---- inside one run; the caller holds the run's row lock and saves r at the end -------------------------------------

-- chain - append a receipt.
create function chain(r run, p_step_id text, p_attempt int, p_kind text, p_body text) returns run
language plpgsql set search_path = forge, pg_temp as $$
declare h text;
begin
	h := encode(sha256(decode(r.chain_head, 'hex') || int8send(r.id) || int4send(r.chain_seq + 1)
		|| convert_to(p_kind || E'\x1f' || coalesce(p_step_id, '') || E'\x1f' || coalesce(p_attempt, 0) || E'\x1f' || p_body, 'UTF8')), 'hex');
	insert into forge.receipt (ws, run_id, seq, step_id, attempt, kind, prev, hash, body)
		values (r.ws, r.id, r.chain_seq + 1, p_step_id, p_attempt, p_kind, r.chain_head, h, p_body);
	r.chain_head := h;
	r.chain_seq := r.chain_seq + 1;
	return r;
end $$;

-- ev - append an event.
create function ev(r run, p_kind text, p_body jsonb) returns run
language plpgsql set search_path = forge, pg_temp as $$
begin
	r.ev_seq := r.ev_seq + 1;
	insert into forge.event (ws, run_id, seq, kind, body) values (r.ws, r.id, r.ev_seq, p_kind, p_body);
	return r;
end $$;

create function save(r run) returns void language sql set search_path = forge, pg_temp as $$
	update forge.run set state = r.state, final = r.final, steps_left = r.steps_left, gates_open = r.gates_open,
		chain_seq = r.chain_seq, chain_head = r.chain_head, ev_seq = r.ev_seq, error = r.error, ended_at = r.ended_at
	where ws = r.ws and id = r.id
$$;

-- finish - end the run if nothing of it is left: all steps done, or a final state decided and no lease open.
create function finish(r run) returns run language plpgsql set search_path = forge, pg_temp as $$
declare v_state text := case when r.final is not null then r.final when r.steps_left = 0 then 'done' end;
begin
	if exists (select from forge.lease l where l.ws = r.ws and l.run_id = r.id) then
		r.state := 'running';
		return r;
	end if;
	if v_state is null then
		r.state := case when r.gates_open > 0 and not exists (select from forge.ready q where q.ws = r.ws and q.run_id = r.id)
			then 'waiting' else 'running' end;
		return r;
	end if;
	r.state := v_state;
	r.ended_at := clock_timestamp();
	r := forge.chain(r, null, null, 'run.' || v_state, format(
		'{"at":%s,"plan_hash":%s,"run":%s,"schema":"forge.run-end.v1","state":%s,"step":%s}', to_json(forge.iso(r.ended_at)), to_json(r.plan_hash::text),
		to_json(forge.public_id('r', r.id)), to_json(v_state), coalesce(r.error -> 'step', 'null')));
	return forge.ev(r, 'run.' || v_state, coalesce(jsonb_build_object('error', r.error), '{}'));
end $$;

-- stop - decide the run's end: what is not running is cancelled, what runs is told by its heartbeat.
create function stop(r run, p_final text) returns run language plpgsql set search_path = forge, pg_temp as $$
begin
	r.final := coalesce(r.final, p_final);
	r.gates_open := 0;
	delete from forge.ready where ws = r.ws and run_id = r.id;
	update forge.step set state = 'cancelled', ended_at = clock_timestamp()
		where ws = r.ws and run_id = r.id and state in ('blocked', 'ready', 'gate');
	return forge.finish(r);
end $$;

-- enqueue - a step whose dependencies are met becomes ready, or opens its gate.
create function enqueue(r run, s step, p_at timestamptz default now()) returns run
language plpgsql set search_path = forge, pg_temp as $$
begin
	if s.is_gated and not s.gate_passed then
		update forge.step set state = 'gate' where ws = r.ws and run_id = r.id and no = s.no;
		r.gates_open := r.gates_open + 1;
		return forge.ev(r, 'gate.open', jsonb_build_object('step', s.step_id));
	end if;
	update forge.step set state = 'ready' where ws = r.ws and run_id = r.id and no = s.no;
	insert into forge.ready (ws, class, run_id, no, run_at) values (r.ws, r.class, r.id, s.no, p_at);
	return forge.ev(r, 'step.ready', jsonb_build_object('step', s.step_id));
end $$;

-- own - lock the run's row, then prove that the caller still holds the attempt. FQ001: it does not.
create type held as (r run, l lease);
create function own(p_run bigint, p_no int, p_token uuid) returns held
language plpgsql set search_path = forge, pg_temp as $$
declare
	r forge.run;
	l forge.lease;
begin
	select * into r from forge.run x where x.id = p_run for update;
	select * into l from forge.lease x where x.ws = r.ws and x.run_id = p_run and x.no = p_no and x.token = p_token and x.until > clock_timestamp();
	if not found then
		raise exception 'this attempt no longer owns the step' using errcode = 'FQ001';
	end if;
	return row(r, l)::forge.held;
end $$;

-- receipt_facts - facts a receipt states about itself; FQ010 when one of them is not what the database knows.
create function receipt_facts(r run, s step, l lease, p_body text) returns jsonb
language plpgsql set search_path = forge, pg_temp as $$
declare
	b jsonb := p_body::jsonb -> 'predicate';
	f jsonb := coalesce(b -> 'forge', b);
	k text;
	want jsonb := jsonb_build_object('run', forge.public_id('r', r.id), 'step', s.step_id, 'attempt', l.attempt::text, 'epoch', l.epoch::text,
		'contract_hash', s.contract_hash, 'plan_hash', r.plan_hash);
begin
	for k in select jsonb_object_keys(want) loop
		if f ->> k is distinct from want ->> k then
			raise exception 'the receipt says % is %, it is %', k, coalesce(f ->> k, 'nothing'), want ->> k using errcode = 'FQ010';
		end if;
	end loop;
	return f;
end $$;

-- close_attempt - take the lease away and write the attempt's history row.
create function close_attempt(l lease, p_state text, f jsonb, p_seq int) returns void
language plpgsql set search_path = forge, pg_temp as $$
begin
	delete from forge.lease x where x.ws = l.ws and x.run_id = l.run_id and x.no = l.no and x.token = l.token;
	insert into forge.attempt (ws, run_id, no, attempt, state, host, epoch, started_at, verdict, exit_code, failure, harness_us,
			harness_total_us, program_us, receipt_seq)
		select l.ws, l.run_id, l.no, l.attempt, p_state, l.host, l.epoch, l.started_at, f ->> 'verdict', (f ->> 'exit_code')::int,
			nullif(f -> 'failure', 'null'), f -> 'harness_us',
			(select sum(value::bigint) from jsonb_each_text(f -> 'harness_us') where key <> 'program'),
			(f #>> '{harness_us,program}')::bigint, p_seq;
end $$;

-- blobs - remember which bytes the attempt's receipt names, so that they are kept and may be read.
create function blobs(r run, f jsonb, p_contract jsonb) returns void language sql set search_path = forge, pg_temp as $$
	insert into forge.blob_ref (ws, sha256, kind, owner, bytes)
	select r.ws, x.sha256, x.kind, r.id, max(x.bytes) from (
		select o ->> 'sha256' as sha256, 'artifact' as kind, (o ->> 'bytes')::bigint as bytes from jsonb_array_elements(f -> 'outputs') o
		union all select f #>> array[s, 'sha256'], 'log', (f #>> array[s, 'bytes'])::bigint from unnest(array['stdout', 'stderr']) s
		union all select p ->> 'sha256', 'program', (p ->> 'bytes')::bigint from jsonb_array_elements(p_contract #> '{execution,files}') p) x
	where x.sha256 is not null
	group by x.sha256, x.kind
	on conflict do nothing
$$;

-- retry_at - when a step may start again after its n-th failure or loss: 0.2 s, doubled each time, at most 30 s.
create function retry_at(p_n int) returns timestamptz language sql volatile set search_path = forge, pg_temp as $$
	select clock_timestamp() + least(interval '30 s', interval '200 ms' * power(2, least(p_n, 20) - 1))
$$;

-- lose - an attempt whose runner is gone. Three losses fail the step: it may be what kills the runners.
create function lose(r run, l lease, p_reason text, p_at timestamptz) returns run
language plpgsql set search_path = forge, pg_temp as $$
declare s forge.step;
begin
	update forge.step x set losses = x.losses + 1 where x.ws = l.ws and x.run_id = l.run_id and x.no = l.no returning x.* into s;
	r := forge.chain(r, s.step_id, l.attempt, 'attempt.lost', format(
		'{"at":%s,"attempt":%s,"contract_hash":%s,"epoch":%s,"plan_hash":%s,"reason":%s,"run":%s,"schema":"forge.attempt-lost.v1","step":%s}',
		to_json(forge.iso(clock_timestamp())), l.attempt, to_json(s.contract_hash::text), l.epoch, to_json(r.plan_hash::text), to_json(p_reason),
		to_json(forge.public_id('r', r.id)), to_json(s.step_id)));
	perform forge.close_attempt(l, 'lost', jsonb_build_object('verdict', 'lost'), r.chain_seq);
	r := forge.ev(r, 'step.lost', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'reason', p_reason));
	if r.final is not null then
		update forge.step x set state = 'cancelled', ended_at = clock_timestamp() where x.ws = l.ws and x.run_id = l.run_id and x.no = l.no;
		return forge.finish(r);
	elsif s.losses >= 3 then
		r.error := jsonb_build_object('step', s.step_id, 'class', 'lost', 'place', null,
			'message', format('the runner was lost %s times while it ran %s', s.losses, s.step_id));
		update forge.step x set state = 'failed', ended_at = clock_timestamp(), error = r.error - 'step'
			where x.ws = l.ws and x.run_id = l.run_id and x.no = l.no;
		r := forge.ev(r, 'step.failed', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'error', r.error));
		return forge.stop(r, 'failed');
	end if;
	return forge.enqueue(r, s, p_at);
end $$;

-- ---- for the API: in the workspace of its transaction ------------------------------------------------------------------

-- start_run - start a plan, once per idempotency key (null: no key). Everything the plan froze is hashed
-- again here: FQ010 when a byte of it changed. FQ002: the key was used for another plan. FQ003: no such plan.
create function start_run(p_user bigint, p_key text, p_plan bigint, p_plan_hash text, p_class smallint default 5)
returns table (run_id bigint, replayed boolean) language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	v_ws bigint := forge.ws_required();
	v_id bigint := forge.new_id();
	v_request text := forge.sha256_text(p_plan || ':' || p_plan_hash);
	o forge.idem;
	p forge.plan;
	r forge.run;
	s forge.step;
	v_root text;
	v_bad text;
begin
	if p_key is not null then
		insert into forge.idem (ws, key, request_sha, run_id) values (v_ws, p_key, v_request, v_id) on conflict do nothing; -- waits for a twin
		if not found then
			select * into o from forge.idem i where i.ws = v_ws and i.key = p_key;
			if o.request_sha <> v_request then
				raise exception 'the idempotency key was used for a different request' using errcode = 'FQ002';
			end if;
			return query select o.run_id, true;
			return;
		end if;
	end if;
	select * into p from forge.plan x where x.ws = v_ws and x.id = p_plan;
	if not found then
		raise exception 'no such plan' using errcode = 'FQ003';
	end if;
	select min(x.step_id) filter (where forge.sha256_text(x.contract) <> x.contract_hash),
			encode(forge.merkle_root(array_agg(decode(x.contract_hash, 'hex') order by x.no) || sha256(convert_to(p.profile, 'UTF8'))), 'hex')
		into v_bad, v_root from forge.plan_step x where x.ws = v_ws and x.plan_id = p_plan;
	if v_bad is not null then
		raise exception 'the contract of % does not have the hash that was frozen', v_bad using errcode = 'FQ010';
	elsif v_root is distinct from p.plan_hash or p_plan_hash is distinct from p.plan_hash then
		raise exception 'the plan does not have the hash that was asked for' using errcode = 'FQ010';
	end if;
	insert into forge.run (ws, id, plan_id, plan_hash, class, max_parallel, step_count, steps_left, started_by)
		values (v_ws, v_id, p_plan, p.plan_hash, p_class, p.max_parallel, p.step_count, p.step_count, p_user) returning * into r;
	insert into forge.step (ws, run_id, no, plan_id, step_id, contract_hash, deps, next, deps_left, is_gated, max_retries)
		select v_ws, v_id, x.no, p_plan, x.step_id, x.contract_hash, x.deps, x.next, cardinality(x.deps), x.is_gated, x.max_retries
		from forge.plan_step x where x.ws = v_ws and x.plan_id = p_plan;
	r := forge.chain(r, null, null, 'run.start', format(
		'{"at":%s,"plan_hash":%s,"profile_sha256":%s,"run":%s,"schema":"forge.run-start.v1","started_by":%s,"steps":[%s],"workspace":%s}',
		to_json(forge.iso(r.created_at)), to_json(p.plan_hash::text), to_json(p.profile_sha::text), to_json(forge.public_id('r', v_id)),
		to_json(forge.public_id('u', p_user)),
		(select string_agg(format('{"contract_hash":%s,"step_id":%s}', to_json(x.contract_hash::text), to_json(x.step_id)), ',' order by x.no)
			from forge.step x where x.ws = v_ws and x.run_id = v_id),
		to_json(forge.public_id('w', v_ws))));
	r := forge.ev(r, 'run.start', jsonb_build_object('steps', p.step_count));
	for s in select * from forge.step x where x.ws = v_ws and x.run_id = v_id and x.deps_left = 0 order by x.no loop
		r := forge.enqueue(r, s);
	end loop;
	r := forge.finish(r);
	perform forge.save(r);
	perform pg_notify('forge_ready', ''); -- no step transaction: whoever dies after this commit has told the runners
	return query select v_id, false;
end $$;

-- cancel_run - FQ003: no such run; FQ011: it has ended. Returns its state: 'running' while steps are still being stopped.
create function cancel_run(p_run bigint) returns text
language plpgsql security definer set search_path = forge, pg_temp as $$
declare r forge.run;
begin
	select * into r from forge.run x where x.ws = forge.ws_required() and x.id = p_run for update;
	if not found then
		raise exception 'no such run' using errcode = 'FQ003';
	elsif r.ended_at is not null then
		raise exception 'the run has ended already' using errcode = 'FQ011';
	end if;
	r := forge.stop(r, 'cancelled');
	perform forge.save(r);
	perform pg_notify('forge_ready', ''); -- the runners' next heartbeat shall come at once
	return r.state;
end $$;

-- decide_gate - let a gated step go on, or fail the run there. FQ003: its gate is not open.
create function decide_gate(p_user bigint, p_run bigint, p_step_id text, p_ok boolean) returns text
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	r forge.run;
	s forge.step;
begin
	select * into r from forge.run x where x.ws = forge.ws_required() and x.id = p_run for update;
	update forge.step x set gate_passed = p_ok, state = case when p_ok then 'blocked' else 'failed' end, ended_at = case when not p_ok then clock_timestamp() end
		where x.ws = r.ws and x.run_id = p_run and x.step_id = p_step_id and x.state = 'gate' returning * into s;
	if not found then
		raise exception 'the gate is not open' using errcode = 'FQ003';
	end if;
	r.gates_open := r.gates_open - 1;
	r := forge.chain(r, p_step_id, null, 'gate.decided', format(
		'{"at":%s,"contract_hash":%s,"ok":%s,"plan_hash":%s,"run":%s,"schema":"forge.gate-decided.v1","step":%s,"user":%s}', to_json(forge.iso(clock_timestamp())),
		to_json(s.contract_hash::text), to_json(p_ok), to_json(r.plan_hash::text), to_json(forge.public_id('r', p_run)), to_json(p_step_id),
		to_json(forge.public_id('u', p_user))));
	r := forge.ev(r, 'gate.decided', jsonb_build_object('step', p_step_id, 'ok', p_ok));
	if p_ok then
		r := forge.finish(forge.enqueue(r, s));
	else
		r.error := jsonb_build_object('step', p_step_id, 'class', 'gate', 'message', 'the gate was refused', 'place', null);
		r := forge.stop(r, 'failed');
	end if;
	perform forge.save(r);
	perform pg_notify('forge_ready', '');
	return r.state;
end $$;

-- verify_run - walk a run's chain of receipts. bad_seq: the first that does not fit, null when all do.
create function verify_run(p_run bigint) returns table (ok boolean, bad_seq int, receipts int)
language plpgsql stable set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	x record;
	h text := repeat('0', 64);
	c int := 0;
	r forge.run;
begin
	for x in select * from forge.receipt q where q.run_id = p_run order by q.seq loop
		c := c + 1;
		if x.seq <> c or x.prev <> h or x.hash <> encode(sha256(decode(h, 'hex') || int8send(x.run_id) || int4send(x.seq)
				|| convert_to(x.kind || E'\x1f' || coalesce(x.step_id, '') || E'\x1f' || coalesce(x.attempt, 0) || E'\x1f' || x.body, 'UTF8')), 'hex') then
			return query select false, c, c;
			return;
		end if;
		h := x.hash;
	end loop;
	select * into r from forge.run q where q.id = p_run;
	return query select found and r.chain_head = h and r.chain_seq = c,
		case when found and r.chain_head = h and r.chain_seq = c then null else c + 1 end, c;
end $$;

-- ---- for the runner ------------------------------------------------------------------------------------------------

-- claim_ws - claim up to p_n steps of one workspace; the caller holds its advisory lock, so the cap is exact.
create function claim_ws(p_ws bigint, p_host text, p_incarnation text, p_n int, p_ttl interval)
returns table (ws bigint, run_id bigint, no int, step_id text, attempt int, epoch bigint, token uuid, contract text, contract_hash text,
	plan_hash text, profile text) language plpgsql set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	w forge.workspace;
	k int;
begin
	select * into w from forge.workspace x where x.id = p_ws;
	select least(p_n, w.cap - count(*), w.weight * 2) into k from forge.lease l where l.ws = p_ws;
	if w.paused or k <= 0 then
		return;
	end if;
	return query
	with window_ as ( -- a bounded look ahead, so that one wide run at its own limit does not hide the next one
		select x.class, x.id, x.run_id, x.no, row_number() over (partition by x.run_id order by x.class, x.id) as rank
		from (select * from forge.ready q where q.ws = p_ws and q.run_at <= clock_timestamp() order by q.class, q.id limit 2048) x),
	q as materialized (
		select v.class, v.id from window_ v join forge.run r on r.ws = p_ws and r.id = v.run_id
		where v.rank + (select count(*) from forge.lease l where l.ws = p_ws and l.run_id = v.run_id) <= r.max_parallel
		order by v.class, v.id limit k),
	d as (delete from forge.ready x using q where x.ws = p_ws and x.class = q.class and x.id = q.id returning x.run_id, x.no),
	s as (
		update forge.step t set state = 'leased', attempt = t.attempt + 1, started_at = clock_timestamp(), ended_at = null
		from d where t.ws = p_ws and t.run_id = d.run_id and t.no = d.no
		returning t.run_id, t.no, t.step_id, t.attempt, t.contract_hash, t.plan_id),
	l as (
		insert into forge.lease (ws, run_id, no, host, incarnation, attempt, until)
		select p_ws, s.run_id, s.no, p_host, p_incarnation, s.attempt, clock_timestamp() + p_ttl from s
		returning lease.run_id, lease.no, lease.token, lease.epoch)
	select p_ws, s.run_id, s.no, s.step_id, s.attempt, l.epoch, l.token, c.contract, s.contract_hash::text, p.plan_hash::text, p.profile
	from s join l on l.run_id = s.run_id and l.no = s.no
		join forge.plan_step c on c.ws = p_ws and c.plan_id = s.plan_id and c.no = s.no
		join forge.plan p on p.ws = p_ws and p.id = s.plan_id
	order by s.run_id, s.no;
end $$;

-- claim - up to p_n steps, one workspace after the other from p_after on (round robin, kept by the caller),
-- within each by class and age, under the workspace's cap and the run's own limit. Commits without waiting
-- for the disk: a lost claim is only claimed again, and the attempt's preflight makes it durable.
create function claim(p_host text, p_incarnation text, p_n int, p_after bigint, p_ttl interval)
returns table (ws bigint, run_id bigint, no int, step_id text, attempt int, epoch bigint, token uuid, contract text, contract_hash text,
	plan_hash text, profile text) language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	c bigint := p_after;
	v_ws bigint;
	v_busy bigint;
	wrapped boolean := false;
	got int := 0;
	k int;
begin
	perform set_config('synchronous_commit', 'off', true);
	for i in 1..256 loop
		exit when got >= p_n;
		select q.ws into v_ws from forge.ready q where q.ws > c order by q.ws limit 1; -- loose index scan
		if not found then
			exit when wrapped;
			wrapped := true;
			c := 0;
			continue;
		end if;
		exit when wrapped and v_ws > p_after;
		c := v_ws;
		continue when not exists (select from forge.workspace w where w.id = v_ws and not w.paused
			and w.cap > (select count(*) from forge.lease l where l.ws = v_ws)); -- before the lock; exact again under it
		if not pg_try_advisory_xact_lock(1179603535, (v_ws % 2147483647)::int) then
			v_busy := coalesce(v_busy, v_ws);
			continue;
		end if;
		return query select * from forge.claim_ws(v_ws, p_host, p_incarnation, p_n - got, p_ttl);
		get diagnostics k = row_count;
		got := got + k;
	end loop;
	if got = 0 and v_busy is not null then -- another runner is claiming there; it may leave some
		perform pg_advisory_xact_lock(1179603535, (v_busy % 2147483647)::int);
		return query select * from forge.claim_ws(v_busy, p_host, p_incarnation, p_n, p_ttl);
	end if;
end $$;

-- heartbeat - prolong leases. What is not returned is lost: kill that sandbox now. is_stopping: the run is
-- cancelled or failed; kill it and give the step back with release_step.
create function heartbeat(p_tokens uuid[], p_ttl interval) returns table (token uuid, is_stopping boolean)
language sql security definer set search_path = forge, pg_temp as $$
	update forge.lease l set until = clock_timestamp() + p_ttl from forge.run r
	where l.token = any(p_tokens) and l.until > clock_timestamp() and r.ws = l.ws and r.id = l.run_id
	returning l.token, r.final is not null
$$;

-- step_input - where each input of the contract comes from, in contract order: the bytes of a file as frozen
-- in the contract, or what the producing step of this run wrote. sha256 is null where an optional input has
-- no source. FQ001: the lease is gone; FQ004: bytes that should be there are not this workspace's.
create function step_input(p_run bigint, p_no int, p_token uuid)
returns table (name text, path text, source_type text, source_path text, sha256 text, bytes bigint, kind text, entity text)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	l forge.lease;
	v_contract json;
	i json;
	a forge.artifact;
begin
	select * into l from forge.lease x where x.token = p_token and x.run_id = p_run and x.no = p_no and x.until > clock_timestamp();
	if not found then
		raise exception 'this attempt no longer owns the step' using errcode = 'FQ001';
	end if;
	select c.contract::json into v_contract from forge.step s join forge.plan_step c on c.ws = s.ws and c.plan_id = s.plan_id and c.no = s.no
		where s.ws = l.ws and s.run_id = p_run and s.no = p_no;
	for i in select value from json_array_elements(v_contract -> 'inputs') loop
		name := i ->> 'name';
		path := i ->> 'path';
		kind := i ->> 'kind';
		entity := i ->> 'entity';
		source_type := i #>> '{source,type}';
		source_path := i #>> '{source,path}';
		sha256 := null;
		bytes := null;
		if source_type = 'file' then
			select f.sha256, f.bytes into sha256, bytes from forge.file f
				where f.ws = l.ws and f.sha256 = i #>> '{source,sha256}' limit 1;
		elsif source_type = 'step' then
			select x.* into a from forge.step s join forge.artifact x on x.ws = s.ws and x.run_id = s.run_id and x.no = s.no
				where s.ws = l.ws and s.run_id = p_run and s.step_id = i #>> '{source,step_id}' and x.name = i #>> '{source,name}';
			sha256 := a.sha256;
			bytes := a.bytes;
		end if;
		if sha256 is null and (source_type in ('file', 'step') or (i ->> 'required')::boolean) then
			raise exception 'the bytes of input % are not in this workspace', name using errcode = 'FQ004';
		end if;
		return next;
	end loop;
end $$;

-- preflight - the receipt written before the program starts; makes the claim durable. Returns the chain's head.
create function preflight(p_run bigint, p_no int, p_token uuid, p_body text) returns text
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	o forge.held := forge.own(p_run, p_no, p_token);
	r forge.run := o.r;
	l forge.lease := o.l;
	s forge.step;
begin
	select * into s from forge.step x where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
	perform forge.receipt_facts(r, s, l, p_body);
	r := forge.chain(r, s.step_id, l.attempt, 'preflight', p_body);
	r := forge.ev(r, 'step.start', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'contract_hash', s.contract_hash));
	perform forge.save(r);
	return r.chain_head;
end $$;

-- step_phase - tell the watchers where the attempt is. No receipt, and no wait for the disk.
create function step_phase(p_run bigint, p_no int, p_token uuid, p_phase text) returns void
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	o forge.held := forge.own(p_run, p_no, p_token);
	r forge.run := o.r;
	l forge.lease := o.l;
begin
	perform set_config('synchronous_commit', 'off', true);
	r := forge.ev(r, 'step.phase', (select jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'phase', p_phase)
		from forge.step s where s.ws = r.ws and s.run_id = p_run and s.no = p_no));
	perform forge.save(r);
end $$;

-- commit_step - the step is done: fence, receipt, attempt, artifacts, references, state, events, successors,
-- the run's end; all or nothing. Everything is read from the receipt, so the rows cannot say anything else.
-- FQ001: the lease is gone; FQ010: the receipt does not match the contract.
create function commit_step(p_run bigint, p_no int, p_token uuid, p_body text) returns table (run_state text, readied int)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	o forge.held := forge.own(p_run, p_no, p_token);
	r forge.run := o.r;
	l forge.lease := o.l;
	s forge.step;
	n forge.step;
	f jsonb;
	c jsonb;
	v_bad text;
	v_ready int := 0;
begin
	select * into s from forge.step x where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
	select x.contract::jsonb into c from forge.plan_step x where x.ws = r.ws and x.plan_id = s.plan_id and x.no = p_no;
	f := forge.receipt_facts(r, s, l, p_body);
	if f ->> 'verdict' is distinct from 'ok' then
		raise exception 'a step is done only with the verdict ok, this receipt says %', coalesce(f ->> 'verdict', 'nothing') using errcode = 'FQ010';
	end if;
	select coalesce(k.v ->> 'name', o.v ->> 'name') into v_bad
		from jsonb_array_elements(c -> 'outputs') k(v) full join jsonb_array_elements(f -> 'outputs') o(v)
		on o.v ->> 'name' = k.v ->> 'name' and o.v ->> 'path' = k.v ->> 'path' and o.v ->> 'kind' = k.v ->> 'kind'
		where k.v is null or o.v is null limit 1;
	if found then
		raise exception 'the receipt and the contract differ about output %', v_bad using errcode = 'FQ010';
	end if;
	r := forge.chain(r, s.step_id, l.attempt, 'postflight', p_body);
	perform forge.close_attempt(l, 'done', f, r.chain_seq);
	insert into forge.artifact (ws, run_id, no, name, path, sha256, bytes, kind, entity, artifact_profile, role, label, is_deliverable, row_count, profile, attempt)
		select r.ws, p_run, p_no, k ->> 'name', k ->> 'path', o ->> 'sha256', (o ->> 'bytes')::bigint, k ->> 'kind', k ->> 'entity', k ->> 'artifact_profile',
			k ->> 'role', k ->> 'label', coalesce((k ->> 'deliverable')::boolean, false), (o ->> 'rows')::bigint, o - '{name,path,sha256,bytes,kind}'::text[], l.attempt
		from jsonb_array_elements(c -> 'outputs') k join jsonb_array_elements(f -> 'outputs') o on o ->> 'name' = k ->> 'name';
	perform forge.blobs(r, f, c);
	update forge.step x set state = 'done', ended_at = clock_timestamp(), error = null where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
	r.steps_left := r.steps_left - 1;
	r := forge.ev(r, 'step.done', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'left', r.steps_left));
	for n in
		update forge.step x set deps_left = x.deps_left - 1 where x.ws = r.ws and x.run_id = p_run and x.no = any(s.next) returning x.*
	loop
		if n.deps_left = 0 and n.state = 'blocked' then
			r := forge.enqueue(r, n);
			v_ready := v_ready + (not n.is_gated)::int;
		end if;
	end loop;
	r := forge.finish(r);
	perform forge.save(r);
	return query select r.state, v_ready;
end $$;

-- fail_step - the attempt failed; its receipt says how. It is tried again while the failure is retryable and
-- the contract's max_retries allows, else the step fails and the run with it. Returns the run's state and
-- when the step may start again, null if it may not.
create function fail_step(p_run bigint, p_no int, p_token uuid, p_body text) returns table (run_state text, retry_at timestamptz)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	o forge.held := forge.own(p_run, p_no, p_token);
	r forge.run := o.r;
	l forge.lease := o.l;
	s forge.step;
	f jsonb;
	e jsonb;
	v_at timestamptz;
begin
	select * into s from forge.step x where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
	f := forge.receipt_facts(r, s, l, p_body);
	e := f -> 'failure';
	if jsonb_typeof(e -> 'class') is distinct from 'string' or jsonb_typeof(e -> 'message') is distinct from 'string' then
		raise exception 'a failed attempt needs a failure with class and message in its receipt' using errcode = 'FQ010';
	end if;
	r := forge.chain(r, s.step_id, l.attempt, 'postflight', p_body);
	perform forge.close_attempt(l, 'failed', f, r.chain_seq);
	perform forge.blobs(r, f - 'outputs', (select x.contract::jsonb from forge.plan_step x where x.ws = r.ws and x.plan_id = s.plan_id and x.no = p_no));
	update forge.step x set failures = x.failures + 1, error = e - 'retryable' where x.ws = r.ws and x.run_id = p_run and x.no = p_no returning x.* into s;
	if r.final is null and (e ->> 'retryable')::boolean and s.failures <= s.max_retries then
		v_at := forge.retry_at(s.failures);
		r := forge.ev(r, 'step.retry', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'error', s.error, 'retry_at', forge.iso(v_at)));
		r := forge.finish(forge.enqueue(r, s, v_at));
	else
		update forge.step x set state = 'failed', ended_at = clock_timestamp() where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
		r.error := coalesce(r.error, s.error || jsonb_build_object('step', s.step_id));
		r := forge.ev(r, 'step.failed', jsonb_build_object('step', s.step_id, 'attempt', l.attempt, 'error', s.error));
		r := forge.stop(r, 'failed');
	end if;
	perform forge.save(r);
	return query select r.state, v_at;
end $$;

-- release_step - give a step back unharmed: the runner ends in order, or the run is stopping. Not a failure.
create function release_step(p_run bigint, p_no int, p_token uuid, p_reason text) returns text
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	o forge.held := forge.own(p_run, p_no, p_token);
	r forge.run := o.r;
	l forge.lease := o.l;
	s forge.step;
begin
	select * into s from forge.step x where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
	r := forge.chain(r, s.step_id, l.attempt, 'attempt.released', format(
		'{"at":%s,"attempt":%s,"contract_hash":%s,"epoch":%s,"plan_hash":%s,"reason":%s,"run":%s,"schema":"forge.attempt-released.v1","step":%s}',
		to_json(forge.iso(clock_timestamp())), l.attempt, to_json(s.contract_hash::text), l.epoch, to_json(r.plan_hash::text), to_json(p_reason),
		to_json(forge.public_id('r', r.id)), to_json(s.step_id)));
	perform forge.close_attempt(l, case when r.final is null then 'released' else 'cancelled' end, '{}', r.chain_seq);
	if r.final is null then
		r := forge.finish(forge.enqueue(r, s));
	else
		update forge.step x set state = 'cancelled', ended_at = clock_timestamp() where x.ws = r.ws and x.run_id = p_run and x.no = p_no;
		r := forge.finish(r);
	end if;
	perform forge.save(r);
	return r.state;
end $$;

-- release_host - at its start a runner gives back what an earlier life of it on this host still holds; nobody
-- has to wait for the leases to expire.
create function release_host(p_host text, p_incarnation text) returns table (run_id bigint, step_id text)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	x record;
	l forge.lease;
	r forge.run;
begin
	for x in select q.ws, q.run_id, q.no, q.token from forge.lease q where q.host = p_host and q.incarnation <> p_incarnation order by q.run_id, q.no loop
		select * into r from forge.run q where q.ws = x.ws and q.id = x.run_id for update;
		select * into l from forge.lease q where q.ws = x.ws and q.run_id = x.run_id and q.no = x.no and q.token = x.token;
		continue when not found;
		r := forge.lose(r, l, 'the runner was restarted', clock_timestamp());
		perform forge.save(r);
		return query select s.run_id, s.step_id from forge.step s where s.ws = x.ws and s.run_id = x.run_id and s.no = x.no;
	end loop;
end $$;

-- ---- for the scheduler -----------------------------------------------------------------------------------------------

-- reap - take expired leases away. Runs that are locked are in someone's hands and left for the next call.
create function reap(p_max int default 100) returns table (run_id bigint, step_id text, attempt int)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	x record;
	l forge.lease;
	r forge.run;
begin
	for x in select q.ws, q.run_id, q.no, q.token from forge.lease q where q.until <= clock_timestamp() order by q.run_id, q.no limit p_max loop
		select * into r from forge.run q where q.ws = x.ws and q.id = x.run_id for update skip locked;
		continue when not found;
		select * into l from forge.lease q where q.ws = x.ws and q.run_id = x.run_id and q.no = x.no and q.token = x.token and q.until <= clock_timestamp();
		continue when not found;
		r := forge.lose(r, l, 'its lease expired', forge.retry_at((select s.losses + 1 from forge.step s where s.ws = x.ws and s.run_id = x.run_id and s.no = x.no)));
		perform forge.save(r);
		return query select s.run_id, s.step_id, s.attempt from forge.step s where s.ws = x.ws and s.run_id = x.run_id and s.no = x.no;
	end loop;
end $$;

-- expire - remove what time has made useless. Sessions go a week after their end, so that a list can still show them.
create function expire() returns table (sessions int, idems int, throttles int)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
begin
	delete from forge.session s where least(s.until, s.idle_until, s.revoked_at) < now() - interval '7 days';
	get diagnostics sessions = row_count;
	delete from forge.idem i where i.created_at < now() - interval '7 days';
	get diagnostics idems = row_count;
	delete from forge.auth_throttle t where t.last_at < now() - interval '1 day';
	get diagnostics throttles = row_count;
	return next;
end $$;

-- next_deadline - milliseconds until there is something to do: a lease runs out, a retry falls due; while steps
-- wait to be claimed, at the latest when a lease taken right now could run out (p_ttl). Null: nothing, wait for
-- a wake-up. due: steps that may be claimed now.
create function next_deadline(p_ttl interval) returns table (wait_ms bigint, due int)
language sql stable security definer set search_path = forge, pg_temp as $$
	select case when x.at is not null then greatest(0, ceil(extract(epoch from x.at - clock_timestamp()) * 1000))::bigint end,
		(select count(*)::int from (select from forge.ready q where q.run_at <= clock_timestamp() limit 1000) y)
	from (select least(
		(select min(l.until) from forge.lease l),
		(select min(q.run_at) from forge.ready q where q.run_at > clock_timestamp()),
		case when exists (select from forge.ready) then clock_timestamp() + p_ttl end) as at) x
$$;

-- ---- for the hub of live streams -----------------------------------------------------------------------------------------

-- events_read - events of a run after a cursor, in order.
create function events_read(p_ws bigint, p_run bigint, p_after int, p_limit int) returns table (seq int, kind text, at text, body text)
language sql stable security definer set search_path = forge, pg_temp as $$
	select e.seq, e.kind, forge.iso(e.at), e.body::text from forge.event e
	where e.ws = p_ws and e.run_id = p_run and e.seq > p_after order by e.seq limit p_limit
$$;

-- events_head - how far the events of a run go, and whether they end there. No row: no such run.
create function events_head(p_ws bigint, p_run bigint) returns table (seq int, is_ended boolean)
language sql stable security definer set search_path = forge, pg_temp as $$
	select r.ev_seq, r.ended_at is not null from forge.run r where r.ws = p_ws and r.id = p_run
$$;

-- wake - tell runners that steps are ready and the hub that runs have events. Call it in a transaction of its
-- own after the one that changed the runs.
create function wake(p_runs bigint[], p_ready boolean) returns void
language plpgsql security definer set search_path = forge, pg_temp as $$
begin
	perform set_config('synchronous_commit', 'off', true);
	for i in 0..(cardinality(p_runs) + 299) / 300 - 1 loop -- a payload holds 8000 bytes
		perform pg_notify('forge_event', array_to_string(p_runs[i * 300 + 1:(i + 1) * 300], ','));
	end loop;
	if p_ready then
		perform pg_notify('forge_ready', '');
	end if;
end $$;

grant execute on function start_run(bigint, text, bigint, text, smallint), cancel_run(bigint), decide_gate(bigint, bigint, text, boolean),
	verify_run(bigint) to forge_api;
grant execute on function claim(text, text, int, bigint, interval), heartbeat(uuid[], interval), step_input(bigint, int, uuid),
	preflight(bigint, int, uuid, text), step_phase(bigint, int, uuid, text), commit_step(bigint, int, uuid, text),
	fail_step(bigint, int, uuid, text), release_step(bigint, int, uuid, text), release_host(text, text) to forge_runner;
grant execute on function reap(int), expire(), next_deadline(interval) to forge_sched;
grant execute on function events_read(bigint, bigint, int, int), events_head(bigint, bigint) to forge_events;
grant execute on function wake(bigint[], boolean) to forge_api, forge_runner, forge_sched;

reset role;
reset search_path;
