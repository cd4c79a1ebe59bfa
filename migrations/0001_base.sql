-- SPDX-License-Identifier: Apache-2.0
-- Why: the ground everything stands on: roles, the schema, ids, hashes, and the one way a table becomes a tenant's table.
-- Run the first time by the cluster's superuser (it makes roles); later files also by forge_migrate.

do $$
declare r text;
begin
	if not exists (select from pg_roles where rolname = 'forge_owner') then
		create role forge_owner nologin;
	end if;
	foreach r in array array['forge_api', 'forge_events', 'forge_runner', 'forge_sched', 'forge_migrate'] loop
		if not exists (select from pg_roles where rolname = r) then
			execute format('create role %I login', r);
		end if;
	end loop;
end $$;
grant forge_owner to forge_migrate;

-- A forgotten transaction must not hold a snapshot or a lock for long.
alter role forge_api set statement_timeout = '15s';
alter role forge_api set idle_in_transaction_session_timeout = '15s';
alter role forge_events set statement_timeout = '15s';
alter role forge_events set idle_in_transaction_session_timeout = '15s';
alter role forge_runner set statement_timeout = '30s';
alter role forge_runner set idle_in_transaction_session_timeout = '30s';
alter role forge_sched set statement_timeout = '60s';
alter role forge_sched set idle_in_transaction_session_timeout = '60s';

create schema if not exists forge authorization forge_owner;
revoke all on schema public from public;
grant usage on schema forge to forge_api, forge_events, forge_runner, forge_sched;

do $$
begin
	-- The table of applied migrations is made by the program that applies them, before this file.
	if to_regclass('forge_admin.migration') is not null then
		alter schema forge_admin owner to forge_owner;
		alter table forge_admin.migration owner to forge_owner;
	end if;
end $$;

set role forge_owner;
set search_path = forge, pg_temp;

-- Functions are callable by nobody until a grant names who. For functions this must be the global
-- form: a default privilege in one schema can only add to it.
alter default privileges revoke execute on functions from public;

-- Hashes are 64 lower-case hex digits everywhere: SQL, C, JSON, file names.
create domain sha256_hex as text collate "C" check (value ~ '^[0-9a-f]{64}$');

create sequence idseq cache 32;

-- new_id - time-ordered: 43 bits of UNIX milliseconds, 20 bits of a sequence. Positive until 2248.
create function new_id() returns bigint language sql volatile as $$
	select ((extract(epoch from clock_timestamp()) * 1000)::bigint << 20) | (nextval('forge.idseq') & 1048575)
$$;

-- id_at - the smallest id of a moment: partitions by id are partitions by time.
create function id_at(p_at timestamptz) returns bigint language sql immutable as $$
	select (extract(epoch from p_at) * 1000)::bigint << 20
$$;

-- public_id - as core/id.h: prefix letter, '_', 13 Crockford base-32 digits.
create function public_id(p_prefix text, p_id bigint) returns text language sql immutable as $$
	select p_prefix || '_' || string_agg(
		substr('0123456789abcdefghjkmnpqrstvwxyz', ((p_id >> (5 * i)) & 31)::int + 1, 1), '' order by i desc)
	from generate_series(0, 12) i
$$;

-- iso - a time as our documents write it.
create function iso(p_at timestamptz) returns text language sql immutable as $$
	select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- sha256_text - hash of a text's UTF-8 bytes.
create function sha256_text(p_text text) returns text language sql immutable as $$
	select encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;

-- merkle_root - RFC 6962 section 2.1 over the leaves, in order.
create function merkle_root(p_leaves bytea[]) returns bytea language plpgsql immutable
set search_path = forge, pg_temp as $$
declare
	n int := coalesce(array_length(p_leaves, 1), 0);
	k int := 1;
begin
	if n = 0 then
		return sha256(''::bytea);
	elsif n = 1 then
		return sha256('\x00'::bytea || p_leaves[1]);
	end if;
	while k * 2 < n loop
		k := k * 2;
	end loop;
	return sha256('\x01'::bytea || forge.merkle_root(p_leaves[1:k]) || forge.merkle_root(p_leaves[k + 1:n]));
end $$;

-- deny_change - trigger of append-only tables; holds for the owner too.
create function deny_change() returns trigger language plpgsql set search_path = forge, pg_temp as $$
begin
	raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'FQ009';
end $$;

-- The two settings a transaction of an API worker carries (SET LOCAL, so a pooled connection keeps nothing).
create function current_ws() returns bigint language sql stable as $$
	select nullif(current_setting('forge.ws', true), '')::bigint
$$;
create function current_user_id() returns bigint language sql stable as $$
	select nullif(current_setting('forge.user', true), '')::bigint
$$;
-- ws_required - the workspace of this transaction; functions that run with the owner's rights ask for it.
create function ws_required() returns bigint language plpgsql stable set search_path = forge, pg_temp as $$
begin
	if forge.current_ws() is null then
		raise exception 'no workspace is set for this transaction' using errcode = '42501';
	end if;
	return forge.current_ws();
end $$;

-- tenant_table - row-level security, forced, for a table whose column p_column names the workspace.
-- forge_api sees the workspace of its transaction and nothing without one; the owner's functions see all.
create procedure tenant_table(p_table regclass, p_column text default 'ws') language plpgsql
set search_path = forge, pg_temp as $$
begin
	execute format('alter table %s enable row level security', p_table);
	execute format('alter table %s force row level security', p_table);
	execute format('create policy tenant on %s to forge_api using (%I = (select forge.current_ws())) '
		'with check (%I = (select forge.current_ws()))', p_table, p_column, p_column);
	execute format('create policy own on %s to forge_owner using (true) with check (true)', p_table);
end $$;

-- append_only - refuse update, delete and truncate on a table, for everybody.
create procedure append_only(p_table regclass) language plpgsql set search_path = forge, pg_temp as $$
begin
	execute format('create trigger append_only before update or delete on %s for each row execute function forge.deny_change()', p_table);
	execute format('create trigger append_only_all before truncate on %s for each statement execute function forge.deny_change()', p_table);
end $$;

grant execute on function current_ws(), current_user_id(), public_id(text, bigint), iso(timestamptz) to forge_api, forge_events, forge_sched;
grant execute on function new_id() to forge_api;
grant usage on sequence idseq to forge_api;

reset role;
reset search_path;
