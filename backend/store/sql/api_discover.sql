-- SPDX-License-Identifier: Apache-2.0
-- Finding in the catalog. All of it runs in a transaction with forge.ws set.

-- name: capability_missing :many (sha256 text[]) -> (sha256 text)
-- role: forge_api
select capability_missing as sha256 from forge.capability_missing($1);

-- name: capability_put :one (items text) -> (n bigint)
-- role: forge_api
select forge.capability_put($1) as n;

-- name: capability_find :many (query text, sha256 text[]) -> (sha256 text, text_score bigint, trigram_score bigint)
-- role: forge_api
select sha256, text_score, trigram_score from forge.capability_find($1, $2);
