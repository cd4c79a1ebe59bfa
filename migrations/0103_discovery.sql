-- SPDX-License-Identifier: Apache-2.0
-- Why: what a workspace's catalog has, found by a few words. Rows are derived from packs (compiler/discover.h), a copy for
-- each workspace, because a tenant's own packs are nobody else's; some hundreds each, so no index beats reading them.

-- Not in forge: what lies there is ours, and nobody calls it but those who are named.
create schema if not exists ext;
revoke all on schema ext from public;
grant usage on schema ext to forge_owner;
create extension if not exists pg_trgm with schema ext;

set role forge_owner;
set search_path = forge, pg_temp;

create table capability (
	ws bigint not null references workspace (id),
	sha256 sha256_hex not null, -- of what the item says of itself: the same item is the same row in every version of a catalog
	title text not null check (length(title) <= 1000),
	words text not null check (length(words) <= 8000),
	body text not null check (length(body) <= 8000),
	tsv tsvector not null generated always as (setweight(to_tsvector('pg_catalog.english', title), 'A')
		|| setweight(to_tsvector('pg_catalog.english', words), 'B') || setweight(to_tsvector('pg_catalog.english', body), 'C')) stored,
	primary key (ws, sha256)
);
call tenant_table('capability');

-- capability_missing - of these, the ones without a row in this workspace.
create function capability_missing(p_sha256 text[]) returns setof text
language sql stable security definer set search_path = forge, pg_temp as $$
	select s from unnest(p_sha256) s where not exists (select from forge.capability c where c.ws = forge.ws_required() and c.sha256 = s)
$$;

-- capability_put - rows for [{"sha256","title","words","body"}]; rows that no catalog of the workspace has named for long
-- are few and hurt nobody: a find names what may be found.
create function capability_put(p_items text) returns bigint
language sql security definer set search_path = forge, pg_temp as $$
	with put as (
		insert into forge.capability (ws, sha256, title, words, body)
			select forge.ws_required(), i.sha256, i.title, i.words, i.body
			from json_to_recordset(p_items::json) as i (sha256 text, title text, words text, body text)
			on conflict do nothing
			returning 1)
	select count(*) from put
$$;

-- capability_find - among these rows: how well full text and trigrams fit, in millionths; rows that neither finds are left out.
-- Text: any of the query's words, ranked by weight and nearness. Trigrams: for each word of three letters or more the nearest
-- run of letters in title and words, those below 0.4 as nothing, and their mean.
create function capability_find(p_query text, p_sha256 text[]) returns table (sha256 text, text_score bigint, trigram_score bigint)
language sql stable security definer set search_path = forge, pg_temp as $$
	with q as (
		select replace(plainto_tsquery('pg_catalog.english', p_query)::text, ' & ', ' | ')::tsquery as any_of),
	w as (
		select distinct x as word from regexp_split_to_table(lower(p_query), '[^[:alnum:]]+') x where length(x) between 3 and 40 limit 24),
	c as (
		select c.sha256, c.tsv, lower(c.title || ' ' || c.words) as near from forge.capability c
		where c.ws = forge.ws_required() and c.sha256 = any(p_sha256)),
	s as (
		select c.sha256,
			coalesce((ts_rank_cd('{0.1, 0.2, 0.5, 1.0}', c.tsv, q.any_of, 1) * 1000000)::bigint, 0) as text_score,
			coalesce((select (avg(case when t.near >= 0.4 then t.near else 0 end) * 1000000)::bigint
				from (select ext.word_similarity(w.word, c.near) as near from w) t), 0) as trigram_score
		from c cross join q)
	select s.sha256, s.text_score, s.trigram_score from s where s.text_score > 0 or s.trigram_score > 0 order by s.sha256
$$;

grant select on capability to forge_api;
grant execute on function capability_missing(text[]), capability_put(text), capability_find(text, text[]) to forge_api;

reset role;
reset search_path;
