-- SPDX-License-Identifier: Apache-2.0
-- Why: who may do what: tenants, users, workspaces, members, sessions, API keys, log-in throttling, the audit trail.

set role forge_owner;
set search_path = forge, pg_temp;

create table tenant (
	id bigint primary key default new_id(),
	name text not null check (length(name) between 1 and 200),
	created_at timestamptz not null default now()
);

create table app_user (
	id bigint primary key default new_id(),
	tenant_id bigint not null references tenant (id),
	email text not null check (length(email) between 3 and 254 and position('@' in email) > 1),
	name text not null check (length(name) between 1 and 200),
	password text not null check (password like '$argon2id$%'), -- PHC string
	disabled boolean not null default false,
	created_at timestamptz not null default now(),
	unique (tenant_id, id)
);
create unique index app_user_email on app_user (lower(email));

create table workspace (
	id bigint primary key default new_id(),
	tenant_id bigint not null references tenant (id),
	name text not null check (length(name) between 1 and 200),
	cap int not null default 8 check (cap between 0 and 10000), -- steps at once
	weight int not null default 1 check (weight between 1 and 100), -- fair share
	paused boolean not null default false,
	created_by bigint not null,
	created_at timestamptz not null default now(),
	unique (tenant_id, id),
	foreign key (tenant_id, created_by) references app_user (tenant_id, id)
);

create domain member_role as text check (value in ('owner', 'editor', 'approver', 'viewer', 'auditor'));

create table member (
	ws bigint not null,
	user_id bigint not null,
	tenant_id bigint not null,
	role member_role not null,
	created_at timestamptz not null default now(),
	primary key (ws, user_id),
	-- both ends in one tenant, by construction
	foreign key (tenant_id, ws) references workspace (tenant_id, id),
	foreign key (tenant_id, user_id) references app_user (tenant_id, id)
);
create index member_user on member (user_id);

create table session (
	id bigint primary key default new_id(),
	token_sha sha256_hex not null unique, -- the token itself is never stored
	csrf text not null check (length(csrf) >= 32),
	user_id bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),
	idle_until timestamptz not null default now() + interval '30 minutes',
	until timestamptz not null default now() + interval '12 hours',
	revoked_at timestamptz,
	ip text check (length(ip) <= 64),
	agent text check (length(agent) <= 200)
);
create index session_of_user on session (user_id, id desc);

create table api_key (
	ws bigint not null references workspace (id),
	id bigint not null default new_id(),
	key_sha sha256_hex not null unique,
	prefix text not null check (length(prefix) between 4 and 32), -- "fk_<8>", shown in lists
	name text not null check (length(name) between 1 and 200),
	role member_role not null,
	created_by bigint not null,
	created_at timestamptz not null default now(),
	until timestamptz not null,
	last_used_at timestamptz,
	revoked_at timestamptz,
	primary key (ws, id),
	foreign key (ws, created_by) references member (ws, user_id) on delete cascade
);

create table auth_throttle (
	key text primary key check (length(key) between 1 and 400), -- "email:…" or "ip:…"
	failures int not null default 0 check (failures >= 0),
	last_at timestamptz not null default now(),
	blocked_until timestamptz
);

create table audit_event (
	id bigint primary key default new_id(),
	ws bigint references workspace (id), -- null: not of one workspace (a log-in)
	at timestamptz not null default clock_timestamp(),
	user_id bigint,
	key_id bigint,
	action text not null check (length(action) between 1 and 100), -- "session.open", "member.put" …
	object text check (length(object) <= 400),
	ok boolean not null default true,
	detail jsonb not null default '{}',
	ip text check (length(ip) <= 64)
);
create index audit_event_ws on audit_event (ws, id desc);
call append_only('audit_event');

-- Row-level security. member and workspace are also visible to their own user (forge.user), read only,
-- so that "which workspaces are mine" needs no workspace to be set.
call tenant_table('workspace', 'id');
call tenant_table('member');
call tenant_table('api_key');
call tenant_table('audit_event');
create policy mine on member for select to forge_api using (user_id = (select forge.current_user_id()));
create policy mine on workspace for select to forge_api
	using (id in (select m.ws from forge.member m where m.user_id = (select forge.current_user_id())));

-- keep_an_owner - a workspace never loses its last owner.
create function keep_an_owner() returns trigger language plpgsql security definer set search_path = forge, pg_temp as $$
begin
	perform 1 from forge.workspace where id = old.ws for update; -- two owners leaving at once
	if old.role = 'owner' and not exists (select from forge.member where ws = old.ws and role = 'owner') then
		raise exception 'a workspace keeps at least one owner' using errcode = 'FQ011';
	end if;
	return null;
end $$;
create trigger keep_an_owner after update or delete on member for each row execute function keep_an_owner();

-- user_new - a user; the first of a tenant makes the tenant.
create function user_new(p_tenant bigint, p_email text, p_name text, p_password text) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_tenant bigint := p_tenant;
	v_id bigint;
begin
	if v_tenant is null then
		insert into forge.tenant (name) values (p_email) returning id into v_tenant;
	end if;
	insert into forge.app_user (tenant_id, email, name, password) values (v_tenant, p_email, p_name, p_password) returning id into v_id;
	return v_id;
end $$;

-- user_password - replace a password and end the user's sessions.
create function user_password(p_email text, p_password text) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare v_id bigint;
begin
	update forge.app_user set password = p_password where lower(email) = lower(p_email) returning id into v_id;
	update forge.session set revoked_at = now() where user_id = v_id and revoked_at is null;
	return v_id;
end $$;

-- workspace_new - a workspace of the user's tenant with the user as its owner.
create function workspace_new(p_user bigint, p_name text) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	u forge.app_user;
	v_id bigint;
begin
	select * into u from forge.app_user where id = p_user and not disabled;
	if not found then
		raise exception 'no such user' using errcode = 'FQ003';
	end if;
	insert into forge.workspace (tenant_id, name, created_by) values (u.tenant_id, p_name, u.id) returning id into v_id;
	insert into forge.member (ws, user_id, tenant_id, role) values (v_id, u.id, u.tenant_id, 'owner');
	return v_id;
end $$;

-- member_put - give a user of the same tenant a role in this transaction's workspace. FQ003: no such user there.
create function member_put(p_email text, p_role text) returns bigint
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_ws bigint := forge.ws_required();
	u forge.app_user;
begin
	select x.* into u from forge.app_user x join forge.workspace w on w.tenant_id = x.tenant_id
		where w.id = v_ws and lower(x.email) = lower(p_email) and not x.disabled;
	if not found then
		raise exception 'no such user' using errcode = 'FQ003';
	end if;
	insert into forge.member (ws, user_id, tenant_id, role) values (v_ws, u.id, u.tenant_id, p_role)
		on conflict (ws, user_id) do update set role = excluded.role;
	return u.id;
end $$;

-- key_find - the live API key with this hash, before any workspace is known. Its maker must still be
-- a member and not disabled; the key never outranks what its row says.
create function key_find(p_key_sha text) returns table (ws bigint, id bigint, name text, role text, user_id bigint, email text)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare k forge.api_key;
begin
	select * into k from forge.api_key x where x.key_sha = p_key_sha and x.revoked_at is null and x.until > now();
	if not found then
		return;
	end if;
	if k.last_used_at is null or k.last_used_at < now() - interval '1 minute' then
		update forge.api_key x set last_used_at = now() where x.ws = k.ws and x.id = k.id;
	end if;
	return query select k.ws, k.id, k.name, k.role::text, u.id, u.email
		from forge.app_user u join forge.member m on m.user_id = u.id and m.ws = k.ws
		where u.id = k.created_by and not u.disabled;
end $$;

-- audit - one line of the audit trail, in this transaction's workspace if one is set.
create function audit(p_action text, p_object text, p_user bigint, p_key bigint, p_ip text, p_ok boolean, p_detail jsonb) returns void
language sql security definer set search_path = forge, pg_temp as $$
	insert into forge.audit_event (ws, action, object, user_id, key_id, ip, ok, detail)
	values (forge.current_ws(), p_action, p_object, p_user, p_key, p_ip, p_ok, coalesce(p_detail, '{}'))
$$;

-- throttle_fail - count a failed log-in; from the fifth on the key is blocked, longer each time, at most 15 minutes.
create function throttle_fail(p_key text) returns timestamptz
language sql security definer set search_path = forge, pg_temp as $$
	insert into forge.auth_throttle as t (key, failures) values (p_key, 1)
	on conflict (key) do update set
		failures = case when t.last_at < now() - interval '1 hour' then 1 else t.failures + 1 end,
		last_at = now(),
		blocked_until = case when t.last_at >= now() - interval '1 hour' and t.failures + 1 >= 5
			then now() + least(interval '15 minutes', interval '5 seconds' * power(2, least(t.failures + 1 - 5, 10))) end
	returning blocked_until
$$;

grant select on app_user to forge_api;
grant select, insert on session to forge_api;
grant update (last_seen_at, idle_until, revoked_at) on session to forge_api;
grant select on workspace to forge_api;
grant select, delete on member to forge_api;
grant update (name, paused) on workspace to forge_api;
grant select, insert on api_key to forge_api;
grant update (revoked_at) on api_key to forge_api;
grant select, delete on auth_throttle to forge_api;
grant select on audit_event to forge_api;
grant execute on function workspace_new(bigint, text), member_put(text, text), key_find(text),
	audit(text, text, bigint, bigint, text, boolean, jsonb), throttle_fail(text) to forge_api;

reset role;
reset search_path;
