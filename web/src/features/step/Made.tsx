/* SPDX-License-Identifier: Apache-2.0 */
/* The files a step made, as its receipt describes them. */
import { encodePath } from "../../api/client";
import type { Contract } from "../../api/types";
import { t } from "../../strings/en";
import { Hash } from "../../ui/Copy";
import { bytes, count } from "../../ui/format";
import type { Postflight } from "../shared/receipt.utils";

export function Made({
	w,
	run,
	c,
	post,
}: {
	w: string;
	run: string;
	c: Contract;
	post: Postflight;
}) {
	return (
		<ul class="typed">
			{(post.outputs ?? []).map((o) => {
				const said = c.outputs.find((x) => x.name === o.name);
				return (
					<li key={o.name}>
						<a class="typed-name" href={`/w/${w}/runs/${run}/out/${encodePath(o.path)}`}>
							{said?.label || o.path}
						</a>
						<span class="types">
							<code>{o.kind}</code>
							{said?.entity && <code>{said.entity}</code>}
						</span>
						<span class="muted">
							{[
								o.path,
								bytes(o.bytes),
								o.rows !== null && o.rows !== undefined && t.files.rows(o.rows),
								o.columns?.length && count(o.columns.length, "column"),
							]
								.filter(Boolean)
								.join(" · ")}
						</span>
						<Hash value={o.sha256} what={`SHA-256: ${o.path}`} />
					</li>
				);
			})}
		</ul>
	);
}
