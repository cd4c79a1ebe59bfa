-- SPDX-License-Identifier: Apache-2.0
-- Why: what a run starts from: files with their history, compiles (also the refused ones), plans frozen with their contracts.

set role forge_owner;
set search_path = forge, pg_temp;

create table file (
	ws bigint not null references workspace (id),
	id bigint not null default new_id(),
	path text not null check (length(path) between 1 and 1024 and path !~ '(^/|//|/$|(^|/)\.\.?(/|$)|[[:cntrl:]])'),
	sha256 sha256_hex not null,
	bytes bigint not null check (bytes >= 0),
	kind text not null,
	entity text,
	row_count bigint check (row_count >= 0),
	parse_ok boolean not null,
	parse_detail text,
	profile text, -- the profile document as it was made; null where the kind has none
	uploaded_by bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	ended_at timestamptz, -- replaced or deleted then; the row stays as history
	primary key (ws, id)
);
create unique index file_path on file (ws, path) where ended_at is null;
create index file_sha on file (ws, sha256);

-- Which bytes a workspace may read, and why they must be kept. kind and owner: file (file id),
-- artifact, log, program (run id).
create table blob_ref (
	ws bigint not null references workspace (id),
	sha256 sha256_hex not null,
	kind text not null check (kind in ('file', 'artifact', 'log', 'program')),
	owner bigint not null,
	bytes bigint check (bytes >= 0),
	primary key (ws, sha256, kind, owner)
);

create table plan (
	ws bigint not null references workspace (id),
	id bigint not null default new_id(),
	objective text not null,
	document text not null, -- forge.plan.v1, RFC 8785
	plan_hash sha256_hex not null,
	profile text not null, -- forge.profile.v1, as it stands in the document
	profile_sha sha256_hex not null check (profile_sha = sha256_text(profile)),
	provider text not null,
	mission text not null,
	step_count int not null check (step_count between 1 and 10000),
	max_parallel int not null check (max_parallel between 1 and 10000),
	created_by bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	primary key (ws, id)
);

-- A step's contract, frozen. The text is the hashed bytes: the check makes any other impossible.
create table plan_step (
	ws bigint not null,
	plan_id bigint not null,
	no int not null check (no >= 1),
	step_id text not null check (step_id ~ '^ps-[0-9]+-[a-z0-9-]+$'),
	label text not null,
	contract text not null,
	contract_hash sha256_hex not null check (contract_hash = sha256_text(contract)),
	deps int[] not null, -- numbers of the steps it waits for; each smaller than no
	next int[] not null, -- numbers of the steps that wait for it
	is_gated boolean not null,
	max_retries int not null check (max_retries between 0 and 100),
	primary key (ws, plan_id, no),
	unique (ws, plan_id, step_id),
	foreign key (ws, plan_id) references plan (ws, id)
);

-- One row per compile, also those that refused: what each pass said, and the diagnostics.
create table compile (
	ws bigint not null references workspace (id),
	id bigint not null default new_id(),
	objective text not null,
	state text not null check (state in ('planned', 'refused', 'failed')),
	plan_id bigint,
	passes jsonb not null default '[]', -- [{"pass","name","state","ms","says"}]
	diagnostics jsonb not null default '[]', -- forge.diag.v1
	created_by bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	primary key (ws, id),
	foreign key (ws, plan_id) references plan (ws, id),
	check ((state = 'planned') = (plan_id is not null))
);
create index compile_plan on compile (ws, plan_id);

call tenant_table('file');
call tenant_table('blob_ref');
call tenant_table('plan');
call tenant_table('plan_step');
call tenant_table('compile');
call append_only('plan');
call append_only('plan_step');

-- file_put - put a file at a path; what was there stays as history.
create function file_put(p_path text, p_sha256 text, p_bytes bigint, p_kind text, p_entity text, p_rows bigint,
	p_parse_ok boolean, p_parse_detail text, p_profile text, p_user bigint) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_ws bigint := forge.ws_required();
	v_id bigint;
begin
	perform pg_advisory_xact_lock(hashtextextended(v_ws || ':' || p_path, 3)); -- two uploads of one path
	update forge.file set ended_at = clock_timestamp() where ws = v_ws and path = p_path and ended_at is null;
	insert into forge.file (ws, path, sha256, bytes, kind, entity, row_count, parse_ok, parse_detail, profile, uploaded_by)
		values (v_ws, p_path, p_sha256, p_bytes, p_kind, p_entity, p_rows, p_parse_ok, p_parse_detail, p_profile, p_user)
		returning id into v_id;
	insert into forge.blob_ref (ws, sha256, kind, owner, bytes) values (v_ws, p_sha256, 'file', v_id, p_bytes);
	return v_id;
end $$;

-- file_drop - take the file at a path away; the row and its bytes stay as history. Null: there was none.
create function file_drop(p_path text) returns bigint
language sql security definer set search_path = forge, pg_temp as $$
	update forge.file set ended_at = clock_timestamp() where ws = forge.ws_required() and path = p_path and ended_at is null returning id
$$;

-- plan_put - freeze a compiled plan. Everything is taken from the canonical document itself: the json
-- type hands out members byte for byte, so a contract's text is what was hashed, or FQ010 says which is not.
create function plan_put(p_user bigint, p_objective text, p_document text) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_ws bigint := forge.ws_required();
	v_id bigint := forge.new_id();
	d json := p_document::json;
	v_profile text := (d -> 'profile')::text;
	v_profile_sha text := d ->> 'profile_sha256';
	v_hash text := d ->> 'plan_hash';
	v_leaves bytea[];
	v_bad text;
begin
	if d ->> 'schema' is distinct from 'forge.plan.v1' or json_typeof(d -> 'steps') is distinct from 'array' then
		raise exception 'not a forge.plan.v1 document' using errcode = 'FQ010';
	end if;
	if d ->> 'objective_sha256' is distinct from forge.sha256_text(p_objective) then
		raise exception 'objective_sha256 is not the hash of the objective' using errcode = 'FQ010';
	end if;
	if v_profile_sha is distinct from forge.sha256_text(v_profile) then
		raise exception 'profile_sha256 is not the hash of the profile' using errcode = 'FQ010';
	end if;
	insert into forge.plan (ws, id, objective, document, plan_hash, profile, profile_sha, provider, mission, step_count, max_parallel, created_by)
		values (v_ws, v_id, p_objective, p_document, v_hash, v_profile, v_profile_sha, d ->> 'provider', coalesce(d ->> 'mission', ''),
			json_array_length(d -> 'steps'), coalesce((d #>> '{profile,max_parallel}')::int, 1), p_user);
	with s as materialized (
		select t.ord::int as no, t.x ->> 'step_id' as step_id, t.x ->> 'contract_hash' as hash, t.x -> 'contract' as c
		from json_array_elements(d -> 'steps') with ordinality t (x, ord)),
	dep as materialized ( -- each step with each one it waits for; a name that is not an earlier step's stays null
		select s.no, s.step_id, p.no as on_no
		from s cross join lateral json_array_elements_text(coalesce(s.c -> 'depends_on', '[]')) e (id)
			left join s p on p.step_id = e.id and p.no < s.no),
	put as (
		insert into forge.plan_step (ws, plan_id, no, step_id, label, contract, contract_hash, deps, next, is_gated, max_retries)
		select v_ws, v_id, s.no, s.step_id, coalesce(s.c ->> 'label', s.step_id), s.c::text, s.hash,
			(select coalesce(array_agg(distinct dep.on_no) filter (where dep.on_no is not null), '{}') from dep where dep.no = s.no),
			(select coalesce(array_agg(distinct dep.no), '{}') from dep where dep.on_no = s.no),
			coalesce(json_typeof(s.c -> 'gate'), 'null') <> 'null', coalesce((s.c #>> '{repair,max_retries}')::int, 0)
		from s
		where forge.sha256_text(s.c::text) = s.hash) -- the others are named below
	select array_agg(decode(s.hash, 'hex') order by s.no), coalesce(
		min(format('step %s is not in its place', s.step_id)) filter (where (s.c ->> 'index')::int is distinct from s.no - 1
			or s.c ->> 'step_id' is distinct from s.step_id),
		min(format('contract_hash of %s is not the hash of its contract', s.step_id)) filter (where forge.sha256_text(s.c::text) is distinct from s.hash),
		(select min(format('%s depends on a step that does not come before it', dep.step_id)) from dep where dep.on_no is null),
		(select min(format('%s wants bytes that were never a file here: %s', w.step_id, i #>> '{source,path}'))
			from s w cross join lateral json_array_elements(coalesce(w.c -> 'inputs', '[]')) i
			where i #>> '{source,type}' = 'file' and not exists (
				select from forge.file f where f.ws = v_ws and f.sha256 = i #>> '{source,sha256}')))
	into v_leaves, v_bad from s;
	if v_bad is not null then
		raise exception '%', v_bad using errcode = 'FQ010';
	end if;
	if v_hash is distinct from encode(forge.merkle_root(v_leaves || decode(v_profile_sha, 'hex')), 'hex') then
		raise exception 'plan_hash is not the root over the contracts and the profile' using errcode = 'FQ010';
	end if;
	return v_id;
end $$;

grant select on file, blob_ref, plan, plan_step, compile to forge_api;
grant insert on compile to forge_api;
grant execute on function file_put(text, text, bigint, text, text, bigint, boolean, text, text, bigint),
	file_drop(text), plan_put(bigint, text, text) to forge_api;
grant execute on function sha256_text(text) to forge_api;

reset role;
reset search_path;
