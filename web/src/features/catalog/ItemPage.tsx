/* SPDX-License-Identifier: Apache-2.0 */
/* One thing of the catalog. */
import * as api from "../../api/calls";
import { ApiError } from "../../api/client";
import type { CatalogItem } from "../../api/types";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Waiting } from "../../ui/bits";
import { ErrorPage } from "../../ui/ErrorView";
import { EntityView } from "./EntityView";
import { AdapterView, KindView, SkillView, SlotView } from "./FileViews";
import { PackView } from "./PackView";
import { PlaybookView } from "./PlaybookView";
import { PolicyView, WorkflowView } from "./WorkViews";

function View({ w, x }: { w: string; x: CatalogItem }) {
	switch (x.type) {
		case "pack":
			return <PackView w={w} p={x} />;
		case "entity":
			return <EntityView w={w} e={x} />;
		case "workflow":
			return <WorkflowView w={w} f={x} />;
		case "kind":
			return <KindView w={w} k={x} />;
		case "slot":
			return <SlotView w={w} s={x} />;
		case "policy":
			return <PolicyView w={w} p={x} />;
		case "adapter":
			return <AdapterView w={w} d={x} />;
		case "playbook":
			return <PlaybookView w={w} b={x} />;
		case "skill":
			return <SkillView w={w} s={x} />;
	}
}

export function CatalogItemPage({ w, p }: { w: string; p: Record<string, string> }) {
	const { type, id } = p as { type: string; id: string };
	const got = useLoad(`catalog ${w} ${type} ${id}`, (s) => api.getCatalogItem(w, type, id, s));
	if (got.error && !got.value) {
		/* a mistyped address is told the nearest name, which the general page for 404 does not say */
		const e =
			got.error.status === 404
				? new ApiError({
						title: t.error.notFound,
						detail: got.error.message,
						status: 400,
						code: "",
					})
				: got.error;
		return (
			<ErrorPage
				error={e}
				retry={got.error.status === 404 ? undefined : got.reload}
				home={`/w/${w}/catalog`}
			/>
		);
	}
	return got.value ? <View w={w} x={got.value} /> : <Waiting lines={8} />;
}
