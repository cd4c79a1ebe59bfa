/* SPDX-License-Identifier: Apache-2.0 */
/* Copying to the clipboard, and hashes shown short that can be copied whole. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../strings/en";
import { announce } from "./announce";
import { shortHash } from "./format";
import { Icon } from "./Icon";

async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		/* no clipboard outside secure contexts: the old way */
		const area = document.createElement("textarea");
		area.value = text;
		area.className = "vh";
		(document.querySelector("dialog[open]") ?? document.body).append(area);
		area.select();
		const isDone = document.execCommand("copy");
		area.remove();
		return isDone;
	}
}
export function Copy({ text, what, word }: { text: string; what: string; word?: string }) {
	const [isDone, done] = useState(false);
	useEffect(() => {
		if (!isDone) return;
		const timer = setTimeout(() => done(false), 2000);
		return () => clearTimeout(timer);
	}, [isDone]);
	const go = async () => {
		const ok = await copyText(text);
		done(ok);
		announce(ok ? t.app.copied(what) : t.app.copyFailed);
	};
	return (
		<button
			type="button"
			class={word ? "btn small" : "icon-btn"}
			aria-label={word ? undefined : t.app.copy(what)}
			title={t.app.copy(what)}
			onClick={go}
		>
			<Icon name={isDone ? "tick" : "copy"} size={14} />
			{word}
		</button>
	);
}
export const Hash = ({ value, what }: { value: string; what: string }) => (
	<span class="hash">
		<code title={value}>{shortHash(value)}</code>
		<Copy text={value} what={what} />
	</span>
);
