/* SPDX-License-Identifier: Apache-2.0 */
/* What the program wrote to the screen, as kept by its hash. */
import * as api from "../../api/calls";
import type { Attempt } from "../../api/types";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Waiting } from "../../ui/bits";
import { CodeView } from "../../ui/CodeView";
import { ErrorText } from "../../ui/ErrorView";
import { bytes } from "../../ui/format";

const SHOWN_BYTES_MAX = 2_000_000;

function Stream({ w, name, at }: { w: string; name: string; at: Attempt["stdout"] }) {
	const size = at?.bytes ?? 0;
	const isShown = !!at && size > 0 && size <= SHOWN_BYTES_MAX;
	const text = useLoad(isShown ? `blob ${w} ${at.sha256}` : null, (s) =>
		api.getBlobText(w, at?.sha256 ?? "", s),
	);
	return (
		<>
			<h3>
				{name} <span class="muted small">{at && bytes(size)}</span>
			</h3>
			{size === 0 && <p class="muted">{t.step.nothing}</p>}
			{size > SHOWN_BYTES_MAX && at && (
				<a
					class="btn small"
					href={api.download(api.blobUrl(w, at.sha256))}
					download={`${name}.txt`}
				>
					{t.step.whole}
				</a>
			)}
			{isShown && !text.value && !text.error && <Waiting lines={2} />}
			{text.error && <ErrorText error={text.error} />}
			{text.value !== undefined && <CodeView source={text.value} language="text" label={name} />}
		</>
	);
}

/* of the newest attempt */
export function Wrote({ w, attempts }: { w: string; attempts: Attempt[] }) {
	const last = attempts.reduce<Attempt | undefined>(
		(a, b) => (a && a.attempt > b.attempt ? a : b),
		undefined,
	);
	return (
		<>
			<Stream w={w} name={t.step.stdout} at={last?.stdout} />
			<Stream w={w} name={t.step.stderr} at={last?.stderr} />
		</>
	);
}
