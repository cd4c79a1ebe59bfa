-- SPDX-License-Identifier: Apache-2.0
-- Why: what the API's workers ask in one go: who is this and what may they do there; log-ins that cannot be
-- guessed at in parallel; names that only look different; and the references that let a plan's programs be read.

set role forge_owner;
set search_path = forge, pg_temp;

-- session_enter - the live session with this token's hash, and the user's role in a workspace (null: none, or
-- p_ws is null). Prolongs the idle time, at most once a minute so that reading costs no write.
create function session_enter(p_token_sha text, p_ws bigint)
returns table (session_id bigint, user_id bigint, email text, name text, csrf text, role text)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare s forge.session;
begin
	select * into s from forge.session x
		where x.token_sha = p_token_sha and x.revoked_at is null and x.idle_until > now() and x.until > now();
	if not found then
		return;
	end if;
	if s.last_seen_at < now() - interval '1 minute' then
		update forge.session x set last_seen_at = now(), idle_until = least(now() + interval '30 minutes', x.until) where x.id = s.id;
	end if;
	return query select s.id, u.id, u.email, u.name, s.csrf, m.role::text
		from forge.app_user u left join forge.member m on m.user_id = u.id and m.ws = p_ws
		where u.id = s.user_id and not u.disabled;
end $$;

-- key_enter - the live API key with this hash, its own role and its maker's present role in the key's workspace:
-- a key can do what both may. plpgsql, as other functions that many requests call: it keeps its plan.
create function key_enter(p_key_sha text)
returns table (key_id bigint, ws bigint, key_role text, member_role text, user_id bigint, email text, name text)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
begin
	return query select k.id, k.ws, k.role, m.role::text, k.user_id, k.email, u.name
		from forge.key_find(p_key_sha) k join forge.app_user u on u.id = k.user_id
			join forge.member m on m.ws = k.ws and m.user_id = k.user_id;
end $$;

-- throttle_wait - seconds until a key of the log-in throttle is free again, 0 when it is.
create function throttle_wait(p_key text) returns int
language sql stable security definer set search_path = forge, pg_temp as $$
	select coalesce((select greatest(0, ceil(extract(epoch from t.blocked_until - now())))::int
		from forge.auth_throttle t where t.key = p_key and t.blocked_until > now()), 0)
$$;

-- throttle_take - count one try before it is known how it ends, so that many at once count as many. From the
-- p_free-th within an hour on each try blocks the key: 5 s, doubled each time, at most 15 minutes.
create function throttle_take(p_key text, p_free int) returns void
language sql security definer set search_path = forge, pg_temp as $$
	insert into forge.auth_throttle as t (key, failures) values (p_key, 1)
	on conflict (key) do update set
		failures = case when t.last_at < now() - interval '1 hour' then 1 else t.failures + 1 end,
		last_at = now(),
		blocked_until = case when t.last_at >= now() - interval '1 hour' and t.failures + 1 >= p_free
			then now() + least(interval '15 minutes', interval '5 seconds' * power(2, least(t.failures + 1 - p_free, 10))) end
$$;

-- login_begin - may this account be tried from this address now? 0: yes, and the try is counted; else the
-- seconds to wait, nothing counted. An account gets 5 tries, an address 20.
create function login_begin(p_email text, p_ip text) returns int
language plpgsql security definer set search_path = forge, pg_temp as $$
declare
	v_email text := 'email:' || lower(p_email);
	v_ip text := 'ip:' || p_ip;
	v_wait int;
begin
	perform pg_advisory_xact_lock(hashtextextended(v_email, 4));
	v_wait := greatest(forge.throttle_wait(v_email), forge.throttle_wait(v_ip));
	if v_wait > 0 then
		return v_wait;
	end if;
	perform forge.throttle_take(v_email, 5);
	perform forge.throttle_take(v_ip, 20);
	return 0;
end $$;

-- login_end - the try was good: the account's count goes, the address gets this one try back and no more,
-- so that an account of one's own does not help against others.
create function login_end(p_email text, p_ip text) returns void
language sql security definer set search_path = forge, pg_temp as $$
	delete from forge.auth_throttle where key = 'email:' || lower(p_email);
	update forge.auth_throttle set failures = greatest(0, failures - 1),
		blocked_until = case when failures - 1 >= 20 then blocked_until end where key = 'ip:' || p_ip;
$$;

-- workspaces_mine - the workspaces that the user is a member of, oldest first.
create function workspaces_mine(p_user bigint, p_after bigint, p_n int)
returns table (id bigint, name text, role text, created_at text)
language plpgsql stable security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
begin
	return query select w.id, w.name, m.role::text, forge.iso(w.created_at)
		from forge.member m join forge.workspace w on w.id = m.ws
		where m.user_id = p_user and w.id > p_after order by w.id limit p_n;
end $$;

-- keys_mine - the keys of every workspace that the user owns, newest first.
create function keys_mine(p_user bigint, p_before bigint, p_n int)
returns table (id bigint, ws bigint, name text, role text, created_at text, expires_at text, last_used_at text)
language sql stable security definer set search_path = forge, pg_temp as $$
	select k.id, k.ws, k.name, k.role::text, forge.iso(k.created_at), forge.iso(k.until), forge.iso(k.last_used_at)
	from forge.api_key k join forge.member m on m.ws = k.ws and m.user_id = p_user and m.role = 'owner'
	where k.revoked_at is null and k.id < p_before order by k.id desc limit p_n
$$;

-- key_revoke - end a key of a workspace that the user owns. Returns the workspace, null when there is none such.
create function key_revoke(p_user bigint, p_key bigint) returns bigint
language sql security definer set search_path = forge, pg_temp as $$
	update forge.api_key k set revoked_at = now() from forge.member m
	where k.id = p_key and k.revoked_at is null and m.ws = k.ws and m.user_id = p_user and m.role = 'owner' returning k.ws
$$;

-- path_fold - one text for paths that look alike: compatibility forms, case, and the letters of Cyrillic and
-- Greek that are drawn like Latin ones.
create function path_fold(p_path text) returns text language sql immutable parallel safe as $$
	select translate(lower(normalize(p_path, NFKC) collate "und-x-icu"),
		'аеорсухіјѕԁһԛԝвкмнтгґαορνικτυχγ‐‑‒–—−⁄', 'aeopcyxijsdhqwbkmhtrraopviktuxy------/')
$$;
create index file_fold on file (ws, path_fold(path)) where ended_at is null;

-- program_refs - a frozen plan's programs may be read in its workspace from now on, not only once they ran.
create function program_refs(p_plan bigint) returns void
language sql security definer set search_path = forge, pg_temp as $$
	insert into forge.blob_ref (ws, sha256, kind, owner, bytes)
	select s.ws, f ->> 'sha256', 'program', s.plan_id, max((f ->> 'bytes')::bigint)
	from forge.plan_step s, json_array_elements(s.contract::json #> '{execution,files}') f
	where s.ws = forge.ws_required() and s.plan_id = p_plan
	group by s.ws, f ->> 'sha256', s.plan_id
	on conflict do nothing
$$;

-- user_first - a user, for an administrator at the machine: in a tenant of their own, or as a colleague in the tenant
-- of p_tenant_of. With an address that is taken the account stays as it is. p_workspace: a workspace of theirs with
-- that name is taken, else made; null makes none.
create function user_first(p_email text, p_name text, p_password text, p_workspace text, p_tenant_of text)
returns table (user_id bigint, tenant_id bigint, workspace_id bigint, is_new boolean)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	u forge.app_user;
	v_new boolean := false;
	v_id bigint;
	v_ws bigint;
	v_tenant bigint;
begin
	if p_tenant_of is not null then
		select x.tenant_id into v_tenant from forge.app_user x where lower(x.email) = lower(p_tenant_of);
		if not found then
			raise exception 'nobody has an account with the address %', p_tenant_of using errcode = 'FQ003';
		end if;
	end if;
	select * into u from forge.app_user x where lower(x.email) = lower(p_email);
	if not found then
		v_id := forge.user_new(v_tenant, p_email, p_name, p_password); -- a statement of its own: the next one sees the row
		select * into u from forge.app_user x where x.id = v_id;
		v_new := true;
	end if;
	if p_workspace is not null then
		select w.id into v_ws from forge.workspace w join forge.member m on m.ws = w.id and m.user_id = u.id and m.role = 'owner'
			where w.name = p_workspace order by w.id limit 1;
		v_ws := coalesce(v_ws, forge.workspace_new(u.id, p_workspace));
	end if;
	perform forge.audit('user.create', forge.public_id('u', u.id), u.id, null, null, true, jsonb_build_object('new', v_new));
	return query select u.id, u.tenant_id, v_ws, v_new;
end $$;

grant execute on function session_enter(text, bigint), key_enter(text), login_begin(text, text), login_end(text, text),
	workspaces_mine(bigint, bigint, int), keys_mine(bigint, bigint, int), key_revoke(bigint, bigint), path_fold(text), program_refs(bigint) to forge_api;
grant execute on function user_first(text, text, text, text, text), user_password(text, text) to forge_migrate;

reset role;
reset search_path;
