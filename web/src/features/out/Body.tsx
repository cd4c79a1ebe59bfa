/* SPDX-License-Identifier: Apache-2.0 */
/* A result shown as what it is. */
import { useMemo } from "preact/hooks";
import type { RunDeliverable } from "../../api/types";
import { t } from "../../strings/en";
import { Card, Waiting } from "../../ui/bits";
import { CodeView } from "../../ui/CodeView";
import { baseName, bytes } from "../../ui/format";
import { GridView } from "../../ui/GridView";
import { Icon } from "../../ui/Icon";
import { csvGrid } from "../../ui/table";
import { JsonView } from "./JsonView";
import { SHOWN_BYTES_MAX, type Look } from "./out.utils";

export function Body({
	look,
	data,
	d,
	url,
}: {
	look: Look;
	data: Uint8Array | undefined;
	d: RunDeliverable;
	url: string;
}) {
	const name = baseName(d.path);
	const text = useMemo(
		() =>
			data && (look === "json" || look === "csv" || look === "text")
				? new TextDecoder().decode(data)
				: "",
		[data, look],
	);
	const csv = useMemo(() => (look === "csv" && data ? csvGrid(text) : null), [text, look]);
	if (look === "report")
		return (
			<iframe
				class="report"
				title={t.out.report(d.label)}
				src={url}
				sandbox=""
				referrerpolicy="no-referrer"
			/>
		);
	if (look === "pdf")
		return (
			<Card>
				<p>{t.out.pdf}</p>
				<p class="acts">
					<a class="btn primary" href={url} target="_blank" rel="noopener">
						{t.out.openPdf}
						<span class="vh"> {t.app.opensNew}</span>
						<Icon name="open" size={16} />
					</a>
				</p>
			</Card>
		);
	if (look === "image")
		return (
			<Card>
				<img class="shot" src={url} alt={d.label} />
			</Card>
		);
	if (Number(d.bytes) > SHOWN_BYTES_MAX)
		return (
			<Card>
				<p>{t.out.big(bytes(d.bytes))}</p>
			</Card>
		);
	if (look === "other")
		return (
			<Card>
				<p>{t.files.previewNone}</p>
			</Card>
		);
	if (!data) return <Waiting lines={8} />;
	if (look === "json") return <JsonView text={text} name={name} />;
	if (csv) return <GridView grid={csv} name={name} />;
	return <CodeView source={text} language="text" label={name} />;
}
