/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded request as it would travel. Nothing here sends it. */
import type { Decoded } from "../../api/types";
import { t } from "../../strings/en";
import { CodeView } from "../../ui/CodeView";
import { Copy } from "../../ui/Copy";
import { prettyJson } from "../../ui/jsontext";
import { curlOf, travelOf } from "./curl.utils";
import { Method } from "./Method";

const R = t.apis.request;

const Pairs = ({ title, pairs }: { title: string; pairs: [string, string][] }) => (
	<div>
		<dt>{title}</dt>
		<dd>
			{pairs.length
				? pairs.map(([k, v], i) => (
						<code key={i} class="line wrap">
							{k}: {v}
						</code>
					))
				: R.none}
		</dd>
	</div>
);

export function Request({ server, answer }: { server: string; answer: Decoded }) {
	if (!answer.payload) return null;
	const travel = travelOf(answer.payload);
	const headers: [string, string][] = [...travel.headers];
	if (travel.contentType && !headers.some(([k]) => k.toLowerCase() === "content-type"))
		headers.push(["Content-Type", travel.contentType]);
	const isJson = travel.contentType !== null && /[/+]json\b/.test(travel.contentType);
	const body = travel.body === null ? null : isJson ? prettyJson(travel.body) : travel.body;
	return (
		<section class="stack" aria-labelledby="request-h" data-testid="request">
			<div class="card-head">
				<h3 id="request-h">{R.title}</h3>
				<Copy text={curlOf(server, travel)} what={R.curlWhat} word={R.curl} />
			</div>
			<dl class="finding-facts">
				<div>
					<dt>{R.line}</dt>
					<dd>
						<Method method={travel.method} />{" "}
						<code class="wrap" data-testid="address">
							{server}
							{travel.path}
							{travel.query && `?${travel.query}`}
						</code>
					</dd>
				</div>
				<Pairs title={R.headers} pairs={headers} />
				{travel.cookies.length > 0 && <Pairs title={R.cookies} pairs={travel.cookies} />}
			</dl>
			<p class="label">{R.body}</p>
			{body === null || body === "" ? (
				<p class="muted">{R.none}</p>
			) : (
				<CodeView source={body} language="text" label={R.label} prefix="body" />
			)}
		</section>
	);
}
