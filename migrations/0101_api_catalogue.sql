-- SPDX-License-Identifier: Apache-2.0
-- Why: an API description that lies in a workspace as a file becomes a catalogue of operations, so that listing and
-- searching them never reads the description again. A catalogue is derived: the file's bytes make it anew.

set role forge_owner;
set search_path = forge, pg_temp;

create table api_catalogue (
	ws bigint not null references workspace (id),
	id bigint not null default new_id(),
	sha256 sha256_hex not null, -- of the description; its bytes are kept as those of the file
	bytes bigint not null check (bytes >= 0),
	path text not null check (length(path) between 1 and 1024), -- where it lay when it was imported
	dialect text not null check (length(dialect) between 1 and 40), -- "OpenAPI 3.1"
	title text not null check (length(title) <= 400),
	version text not null check (length(version) <= 200), -- the description's own
	server text not null check (length(server) <= 2000), -- base address it names, "" for none
	operations int not null check (operations between 0 and 10000),
	refused int not null check (refused between 0 and operations),
	problems jsonb not null default '[]', -- findings about the description as a whole
	created_by bigint not null references app_user (id),
	created_at timestamptz not null default now(),
	primary key (ws, id),
	unique (ws, sha256) -- the same bytes give the same catalogue
);

create table api_operation (
	ws bigint not null,
	catalogue_id bigint not null,
	no int not null check (no >= 1), -- in the order of the description
	key text not null check (key ~ '^op-[0-9]+(-[a-z0-9]+)*$'), -- its part of an address
	method text not null check (method ~ '^[A-Z]{1,20}$'),
	path text not null check (length(path) <= 4000),
	operation_id text check (length(operation_id) <= 1000),
	summary text not null check (length(summary) <= 1000),
	tag text not null check (length(tag) <= 200),
	is_deprecated boolean not null,
	template_sha256 sha256_hex, -- null: refused
	template_bytes int check (template_bytes > 0),
	leaves int check (leaves >= 0),
	required int check (required >= 0),
	warnings int not null check (warnings >= 0),
	refused_code text check (refused_code ~ '^IMP_[A-Z_]+$'),
	refused_says text check (length(refused_says) <= 2000),
	haystack text not null generated always as (lower(method || ' ' || path || ' ' || coalesce(operation_id, '') || ' ' || summary || ' ' || tag)) stored,
	primary key (ws, catalogue_id, no),
	unique (ws, catalogue_id, key),
	foreign key (ws, catalogue_id) references api_catalogue (ws, id) on delete cascade,
	check ((template_sha256 is null) = (refused_code is not null)),
	check ((template_sha256 is null) = (template_bytes is null))
);

call tenant_table('api_catalogue');
call tenant_table('api_operation');

-- catalogue_put - the catalogue of a file's bytes: made from p_doc, or the one that is there already.
-- p_doc: {"dialect","title","version","server","problems":[…],"operations":[{no,key,method,path,operation_id,summary,tag,
-- deprecated,template_sha256,template_bytes,leaves,required,warnings,refused_code,refused_says}]}
create function catalogue_put(p_file bigint, p_doc text, p_user bigint)
returns table (id bigint, is_new boolean)
language plpgsql security definer set search_path = forge, pg_temp as $$
#variable_conflict use_column
declare
	v_ws bigint := forge.ws_required();
	v_doc json := p_doc::json;
	f forge.file;
	v_id bigint;
begin
	select * into f from forge.file x where x.ws = v_ws and x.id = p_file;
	if not found then
		raise exception 'there is no such file in this workspace' using errcode = 'FQ003';
	end if;
	insert into forge.api_catalogue (ws, sha256, bytes, path, dialect, title, version, server, operations, refused, problems, created_by)
		values (v_ws, f.sha256, f.bytes, f.path, v_doc ->> 'dialect', v_doc ->> 'title', v_doc ->> 'version', v_doc ->> 'server',
			json_array_length(v_doc -> 'operations'),
			(select count(*) from json_array_elements(v_doc -> 'operations') o where o ->> 'refused_code' is not null),
			(v_doc -> 'problems')::jsonb, p_user)
		on conflict (ws, sha256) do nothing
		returning id into v_id;
	if v_id is null then
		return query select c.id, false from forge.api_catalogue c where c.ws = v_ws and c.sha256 = f.sha256;
		return;
	end if;
	insert into forge.api_operation (ws, catalogue_id, no, key, method, path, operation_id, summary, tag, is_deprecated,
			template_sha256, template_bytes, leaves, required, warnings, refused_code, refused_says)
		select v_ws, v_id, o.no, o.key, o.method, o.path, o.operation_id, o.summary, o.tag, o.deprecated,
			o.template_sha256, o.template_bytes, o.leaves, o.required, o.warnings, o.refused_code, o.refused_says
		from json_to_recordset(v_doc -> 'operations') as o (no int, key text, method text, path text, operation_id text,
			summary text, tag text, deprecated boolean, template_sha256 text, template_bytes int, leaves int, required int,
			warnings int, refused_code text, refused_says text);
	return query select v_id, true;
end $$;

-- catalogue_drop - take a catalogue away, with its operations. Null: there was none. The file stays.
create function catalogue_drop(p_id bigint) returns bigint
language sql security definer set search_path = forge, pg_temp as $$
	delete from forge.api_catalogue where ws = forge.ws_required() and id = p_id returning id
$$;

grant select on api_catalogue, api_operation to forge_api;
grant execute on function catalogue_put(bigint, text, bigint), catalogue_drop(bigint) to forge_api;

reset role;
reset search_path;
