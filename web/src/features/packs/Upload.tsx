/* SPDX-License-Identifier: Apache-2.0 */
/* Add packs: dropped or chosen, one after another, each with what was found in it. */
import { useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { ApiError } from "../../api/client";
import type { PackDetail } from "../../api/types";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner } from "../../ui/bits";
import { errorWords } from "../../ui/ErrorView";
import { DropZone } from "../request/DropZone";
import { Findings } from "./Findings";

interface Sent {
	name: string;
	made: PackDetail | null;
	error: ApiError | null;
}

function State({ w, s }: { w: string; s: Sent }) {
	if (s.error) {
		const words = errorWords(s.error);
		return (
			<>
				<Banner tone="bad" role="alert" title={t.packs.refused(s.name)}>
					{s.error.findings.length === 0 && <p>{words.what || words.title}</p>}
					{words.todo && <p>{words.todo}</p>}
					{words.code && <p class="code">{words.code}</p>}
				</Banner>
				{s.error.findings.length > 0 && <Findings list={s.error.findings} />}
			</>
		);
	}
	if (!s.made)
		return (
			<p role="status" class="muted">
				{t.packs.sending(s.name)}
			</p>
		);
	return (
		<Banner tone="ok">
			<p>
				<a href={`/w/${w}/packs/${s.made.id}`}>
					{t.packs.added(s.made.label, s.made.uploaded ?? s.made.version)}
				</a>{" "}
				{!s.made.enabled && t.packs.addedOff}
			</p>
			{s.made.ignored && s.made.ignored.length > 0 && (
				<p class="muted">
					{t.packs.ignored(s.made.ignored.length)} {s.made.ignored.join(", ")}
				</p>
			)}
		</Banner>
	);
}

/* changed: the list of packs is to be read again */
export function Upload({ w, changed }: { w: string; changed: () => void }) {
	const [sent, setSent] = useState<Sent[]>([]);
	const line = useRef<Promise<void>>(Promise.resolve());
	const one = async (file: File, index: number) => {
		const set = (change: Partial<Sent>) =>
			setSent((all) => all.map((s, i) => (i === index ? { ...s, ...change } : s)));
		try {
			const made = await api.uploadPack(w, file);
			set({ made });
			announce(t.packs.added(made.label, made.uploaded ?? made.version));
			changed();
		} catch (e) {
			set({ error: e as ApiError });
			announce(t.packs.refused(file.name));
		}
	};
	const drop = (files: File[]) => {
		setSent(files.map((f) => ({ name: f.name, made: null, error: null })));
		files.forEach((f, i) => {
			line.current = line.current.then(() => one(f, i));
		});
	};
	return (
		<section class="card" id="pack-upload" aria-labelledby="pack-upload-h">
			<div class="card-head">
				<h2 id="pack-upload-h">{t.packs.upload}</h2>
			</div>
			<p class="muted">{t.packs.uploadHint}</p>
			<DropZone add={drop} id="pack-file" />
			{sent.length > 0 && (
				<ul class="bare stack tight">
					{sent.map((s, i) => (
						<li key={`${i} ${s.name}`}>
							<State w={w} s={s} />
						</li>
					))}
				</ul>
			)}
		</section>
	);
}
