/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every address of the workspace. What the first page needs is in the first file; the rest is
 * fetched when it is opened.
 */
import type { ComponentType } from "preact";
import { match } from "../models/match";
import { HomePage } from "../features/home/Page";
import { CompilePage } from "../features/compile/Page";
import { PlanPage } from "../features/plan/Page";
import { RunPage } from "../features/run/Page";
import { WorkPage } from "../features/work/Page";

export type Params = Record<string, string>;
/* every page gets its workspace and the other parts of its address */
export type Page = ComponentType<{ w: string; p: Params }>;
export interface Route {
	pattern: string;
	page?: Page;
	load?: () => Promise<Page>;
	/*
	 * which parts of the address make it another page; a change of the others keeps what is on screen
	 */
	key: string[];
	rail: "home" | "work" | "files" | "catalog" | "apis" | "people" | null;
}

export const routes: Route[] = [
	{ pattern: "/w/:w", page: HomePage, key: [], rail: "home" },
	{ pattern: "/w/:w/check", page: CompilePage, key: [], rail: "home" },
	{ pattern: "/w/:w/plans/:plan", page: PlanPage, key: ["plan"], rail: "work" },
	{ pattern: "/w/:w/work", page: WorkPage, key: [], rail: "work" },
	{ pattern: "/w/:w/runs/:run", page: RunPage, key: ["run"], rail: "work" },
	{ pattern: "/w/:w/runs/:run/:tab", page: RunPage, key: ["run"], rail: "work" },
	{
		pattern: "/w/:w/runs/:run/steps/:step",
		key: ["run", "step"],
		rail: "work",
		load: async () => (await import("../features/step/Page")).StepPage,
	},
	{
		pattern: "/w/:w/runs/:run/out/*path",
		key: ["run", "path"],
		rail: "work",
		load: async () => (await import("../features/out/Page")).OutPage,
	},
	{
		pattern: "/w/:w/files",
		key: [],
		rail: "files",
		load: async () => (await import("../features/files/Page")).FilesPage,
	},
	{
		pattern: "/w/:w/files/*path",
		key: ["path"],
		rail: "files",
		load: async () => (await import("../features/files/FilePage")).FilePage,
	},
	{
		pattern: "/w/:w/catalog",
		key: [],
		rail: "catalog",
		load: async () => (await import("../features/catalog/Page")).CatalogPage,
	},
	{
		pattern: "/w/:w/catalog/:type/:id",
		key: ["type", "id"],
		rail: "catalog",
		load: async () => (await import("../features/catalog/ItemPage")).CatalogItemPage,
	},
	{
		pattern: "/w/:w/apis",
		key: [],
		rail: "apis",
		load: async () => (await import("../features/apis/Page")).ApisPage,
	},
	{
		pattern: "/w/:w/apis/:api",
		key: ["api"],
		rail: "apis",
		load: async () => (await import("../features/apis/CataloguePage")).CataloguePage,
	},
	{
		pattern: "/w/:w/apis/:api/operations/:op",
		key: ["api", "op"],
		rail: "apis",
		load: async () => (await import("../features/apis/OperationPage")).OperationPage,
	},
	{
		pattern: "/w/:w/packs",
		key: [],
		rail: "catalog",
		load: async () => (await import("../features/packs/Page")).PacksPage,
	},
	{
		pattern: "/w/:w/packs/:pack",
		key: ["pack"],
		rail: "catalog",
		load: async () => (await import("../features/packs/PackPage")).PackPage,
	},
	{
		pattern: "/w/:w/people",
		key: [],
		rail: "people",
		load: async () => (await import("../features/people/Page")).PeoplePage,
	},
];

export interface Found {
	route: Route;
	params: Params;
	key: string;
}
const TABS = ["results", "steps", "limits", "evidence"];

export function findRoute(path: string): Found | null {
	for (const route of routes) {
		const params = match(route.pattern, path);
		if (!params || (params.tab !== undefined && !TABS.includes(params.tab))) continue;
		const page = route.pattern
			.split("/")
			.slice(0, 5)
			.join("/")
			.replace(/\/:tab$/, "");
		return { route, params, key: [page, params.w, ...route.key.map((k) => params[k])].join("\n") };
	}
	return null;
}

/*
 * fullAddress - "/runs/r_…?ws=w_…", as the command line prints it, is short for the run in its
 * workspace; null for any other address
 */
export function fullAddress(path: string, search: string): string | null {
	const w = new URLSearchParams(search).get("ws");
	return w && /^\/(runs|plans)\/[^/]+/.test(path) ? `/w/${encodeURIComponent(w)}${path}` : null;
}
