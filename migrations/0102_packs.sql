-- SPDX-License-Identifier: Apache-2.0
-- Why: packs of a tenant's own: each version once and for ever, switched on per workspace; and which plan was made with
-- which pack, so that "what uses it" is a look-up and an old plan's packs stay readable in its workspace.

set role forge_owner;
set search_path = forge, pg_temp;

-- A version is what was uploaded: never changed. It may be taken away while nothing uses it.
create table pack_version (
	tenant_id bigint not null references tenant (id),
	pack text collate "C" not null check (pack ~ '^[a-z][a-z0-9-]{0,63}$'),
	version text not null check (version ~ '^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}$'),
	version_order int[] not null generated always as (string_to_array(version, '.')::int[]) stored,
	sha256 sha256_hex not null check (sha256 = sha256_text(document)), -- what contracts pin
	document text not null, -- forge.pack.v1, RFC 8785
	bundle_sha256 sha256_hex not null, -- all files of it, in the blob store; must be kept as long as the row
	bundle_bytes bigint not null check (bundle_bytes > 0),
	label text not null check (length(label) between 1 and 300),
	summary jsonb not null, -- {"entities":n,"playbooks":n,"validators":n,"programs":n}
	entities text[] not null, -- ids of its entities
	uploaded_by bigint not null,
	created_at timestamptz not null default now(),
	primary key (tenant_id, pack, version),
	foreign key (tenant_id, uploaded_by) references app_user (tenant_id, id)
);

-- Versions that were taken away: their number is not free for other content.
create table pack_gone (
	tenant_id bigint not null references tenant (id),
	pack text collate "C" not null,
	version text not null,
	bundle_sha256 sha256_hex not null,
	gone_at timestamptz not null default now(),
	primary key (tenant_id, pack, version)
);

-- What a workspace has switched: its own packs (a version), standard packs (version is null: as installed).
-- A standard pack without a row is on, an own one off.
create table workspace_pack (
	ws bigint not null,
	pack text collate "C" not null check (pack ~ '^[a-z][a-z0-9-]{0,63}$'),
	tenant_id bigint not null,
	version text,
	is_enabled boolean not null,
	changed_by bigint not null references app_user (id),
	changed_at timestamptz not null default now(),
	primary key (ws, pack),
	foreign key (tenant_id, ws) references workspace (tenant_id, id),
	foreign key (tenant_id, pack, version) references pack_version (tenant_id, pack, version)
);
create index workspace_pack_version on workspace_pack (tenant_id, pack, version);

-- Which packs the contracts of a plan name.
create table plan_pack (
	ws bigint not null,
	plan_id bigint not null,
	pack text collate "C" not null,
	version text not null,
	sha256 sha256_hex not null,
	primary key (ws, plan_id, pack, sha256),
	foreign key (ws, plan_id) references plan (ws, id)
);
create index plan_pack_pack on plan_pack (ws, pack, plan_id desc);
create index plan_pack_sha on plan_pack (sha256);

call tenant_table('workspace_pack');
call tenant_table('plan_pack');
call append_only('plan_pack');

-- The tenant of the transaction's workspace sees its packs.
alter table pack_version enable row level security;
alter table pack_version force row level security;
create policy tenant on pack_version for select to forge_api
	using (tenant_id = (select w.tenant_id from forge.workspace w where w.id = (select forge.current_ws())));
create policy own on pack_version to forge_owner using (true) with check (true);
create trigger never_changed before update on pack_version for each row execute function deny_change();

alter table pack_gone enable row level security;
alter table pack_gone force row level security;
create policy own on pack_gone to forge_owner using (true) with check (true);

alter table blob_ref drop constraint blob_ref_kind_check;
alter table blob_ref add constraint blob_ref_kind_check check (kind in ('file', 'artifact', 'log', 'program', 'pack'));

-- plan_packs - what a new contract says about packs, and that its workspace may read them from now on.
create function plan_packs() returns trigger language plpgsql security definer set search_path = forge, pg_temp as $$
begin
	insert into forge.plan_pack (ws, plan_id, pack, version, sha256)
		select distinct new.ws, new.plan_id, p ->> 'id', coalesce(p ->> 'version', ''), p ->> 'sha256'
		from json_array_elements(case json_typeof(new.contract::json -> 'packs') when 'array' then new.contract::json -> 'packs' else '[]' end) p
		where p ->> 'id' is not null and p ->> 'sha256' ~ '^[0-9a-f]{64}$'
		on conflict do nothing;
	insert into forge.blob_ref (ws, sha256, kind, owner)
		select new.ws, pp.sha256, 'pack', new.plan_id from forge.plan_pack pp where pp.ws = new.ws and pp.plan_id = new.plan_id
		on conflict do nothing;
	return null;
end $$;
create trigger plan_packs after insert on plan_step for each row execute function plan_packs();

insert into plan_pack (ws, plan_id, pack, version, sha256)
	select distinct s.ws, s.plan_id, p ->> 'id', coalesce(p ->> 'version', ''), p ->> 'sha256'
	from plan_step s, json_array_elements(case json_typeof(s.contract::json -> 'packs') when 'array' then s.contract::json -> 'packs' else '[]' end) p
	where p ->> 'id' is not null and p ->> 'sha256' ~ '^[0-9a-f]{64}$'
	on conflict do nothing;

-- pack_tenant - the tenant of the transaction's workspace.
create function pack_tenant() returns bigint language sql stable security definer set search_path = forge, pg_temp as $$
	select tenant_id from forge.workspace where id = forge.ws_required()
$$;

-- pack_set_hash - what is switched in the transaction's workspace, as one hash.
create function pack_set_hash() returns text language sql stable security definer set search_path = forge, pg_temp as $$
	select forge.sha256_text(coalesce(string_agg(format('%s %s %s', pack, version, is_enabled), E'\n' order by pack), ''))
	from forge.workspace_pack where ws = forge.ws_required()
$$;

-- pack_put - a version of a pack. The same bytes again are no news; other bytes under the same version are FQ011.
create function pack_put(p_pack text, p_version text, p_sha256 text, p_document text, p_bundle_sha256 text, p_bundle_bytes bigint,
	p_label text, p_summary text, p_entities text[], p_user bigint) returns boolean
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_tenant bigint := forge.pack_tenant();
	v_old text;
begin
	select bundle_sha256 into v_old from forge.pack_gone where tenant_id = v_tenant and pack = p_pack and version = p_version;
	if v_old <> p_bundle_sha256 then
		raise exception 'version % of % was here with other content and was taken away; a version never changes, so give this one a new number',
			p_version, p_pack using errcode = 'FQ011';
	end if;
	insert into forge.pack_version (tenant_id, pack, version, sha256, document, bundle_sha256, bundle_bytes, label, summary, entities, uploaded_by)
		values (v_tenant, p_pack, p_version, p_sha256, p_document, p_bundle_sha256, p_bundle_bytes, p_label, p_summary::jsonb, p_entities, p_user)
		on conflict do nothing;
	if found then
		return true;
	end if;
	select bundle_sha256 into v_old from forge.pack_version where tenant_id = v_tenant and pack = p_pack and version = p_version;
	if v_old is distinct from p_bundle_sha256 then
		raise exception 'version % of % is there already with other content; a version never changes, so give this one a new number',
			p_version, p_pack using errcode = 'FQ011';
	end if;
	return false;
end $$;

-- workspace_pack_put - switch a pack in the transaction's workspace. p_version null: a standard pack. p_state: what
-- pack_set_hash said when the change was checked; FQ011 when somebody changed the set since.
create function workspace_pack_put(p_pack text, p_version text, p_enabled boolean, p_user bigint, p_state text) returns void
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_ws bigint := forge.ws_required();
begin
	perform pg_advisory_xact_lock(hashtextextended(v_ws::text, 5));
	if forge.pack_set_hash() is distinct from p_state then
		raise exception 'somebody switched a pack of this workspace at the same moment; try again' using errcode = 'FQ011';
	end if;
	-- The version first, as pack_drop does: neither waits for the other with the other's row in hand.
	if p_version is not null then
		perform 1 from forge.pack_version where tenant_id = forge.pack_tenant() and pack = p_pack and version = p_version for key share;
		if not found then
			raise exception 'somebody took version % of % away at the same moment', p_version, p_pack using errcode = 'FQ011';
		end if;
	end if;
	insert into forge.workspace_pack as w (ws, pack, tenant_id, version, is_enabled, changed_by)
		values (v_ws, p_pack, forge.pack_tenant(), p_version, p_enabled, p_user)
		on conflict (ws, pack) do update set version = excluded.version, is_enabled = excluded.is_enabled,
			changed_by = excluded.changed_by, changed_at = now();
end $$;

-- pack_drop - take a version away unless something uses it: a workspace of the tenant that has it switched on, a plan
-- whose contracts name it. What uses it is counted over the whole tenant.
create function pack_drop(p_pack text, p_version text, out is_there boolean, out workspaces int, out plans int)
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_tenant bigint := forge.pack_tenant();
	v_sha text;
begin
	select sha256 into v_sha from forge.pack_version where tenant_id = v_tenant and pack = p_pack and version = p_version for update;
	is_there := found;
	-- Who switches one of these at the moment is waited for, so that what is counted stays so.
	perform 1 from forge.workspace_pack w where w.tenant_id = v_tenant and w.pack = p_pack and w.version = p_version order by w.ws for update;
	select count(*)::int into workspaces from forge.workspace_pack w
		where w.tenant_id = v_tenant and w.pack = p_pack and w.version = p_version and w.is_enabled;
	select count(*)::int into plans from forge.plan_pack p join forge.workspace w on w.id = p.ws and w.tenant_id = v_tenant
		where p.sha256 = v_sha and p.pack = p_pack;
	if is_there and workspaces = 0 and plans = 0 then
		insert into forge.pack_gone (tenant_id, pack, version, bundle_sha256)
			select v.tenant_id, v.pack, v.version, v.bundle_sha256 from forge.pack_version v
			where v.tenant_id = v_tenant and v.pack = p_pack and v.version = p_version
			on conflict do nothing;
		delete from forge.workspace_pack w where w.tenant_id = v_tenant and w.pack = p_pack and w.version = p_version;
		delete from forge.pack_version v where v.tenant_id = v_tenant and v.pack = p_pack and v.version = p_version;
	end if;
end $$;

grant select on pack_version, workspace_pack, plan_pack to forge_api;
grant execute on function pack_set_hash(), workspace_pack_put(text, text, boolean, bigint, text), pack_drop(text, text),
	pack_put(text, text, text, text, text, bigint, text, text, text[], bigint) to forge_api;

reset role;
reset search_path;
