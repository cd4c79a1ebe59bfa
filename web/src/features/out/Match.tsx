/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the bytes in this browser are the bytes of the receipt: computed here, never taken from
 * the server's word.
 */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../strings/en";
import { Pill } from "../../ui/bits";
import { canHash, sha256 } from "../../ui/canon";

export type Match = "unknown" | "busy" | "same" | "differs";

export function useMatch(data: Uint8Array | undefined, want: string | null): Match {
	const [m, set] = useState<Match>("unknown");
	useEffect(() => {
		if (!data || !want || !canHash()) return set("unknown");
		let isHere = true;
		set("busy");
		void sha256(data).then((h) => isHere && set(h === want ? "same" : "differs"));
		return () => {
			isHere = false;
		};
	}, [data, want]);
	return m;
}

export function MatchPill({ m }: { m: Match }) {
	if (m === "same")
		return (
			<span data-testid="verified">
				<Pill tone="ok" icon="shield">
					{t.out.verified}
				</Pill>
			</span>
		);
	if (m === "differs")
		return (
			<Pill tone="bad" icon="cross">
				{t.out.unverified}
			</Pill>
		);
	return m === "busy" ? (
		<Pill tone="muted" icon="arc" spin>
			{t.out.verifying}
		</Pill>
	) : null;
}
