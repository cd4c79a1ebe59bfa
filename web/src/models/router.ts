/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address is the state. Links are plain <a href>; one listener turns clicks on our own pages
 * into navigation. After each navigation the page head takes the focus (ui/focus), so a screen
 * reader hears where it is.
 */
import { signal } from "@preact/signals";
import { API } from "../api/client";
import { wantHeadFocus } from "../ui/focus";

export interface Where {
	path: string;
	search: string;
	hash: string;
}

const read = (): Where => ({
	path: location.pathname,
	search: location.search,
	hash: location.hash,
});
export const where = signal<Where>(read());
let guard: (() => boolean) | null = null;

/* leaveGuard - ask before the tab is closed; fn says whether something would be lost */
export function leaveGuard(fn: () => boolean): void {
	guard = fn;
}

export function navigate(to: string, o: { replace?: boolean; keepFocus?: boolean } = {}): void {
	const before = where.value.path;
	if (o.replace) history.replaceState(null, "", to);
	else history.pushState(null, "", to);
	where.value = read();
	if (where.value.path !== before && !o.keepFocus) wantHeadFocus();
	if (where.value.path !== before && !where.value.hash && !o.keepFocus) scrollTo(0, 0);
}

export function setQuery(name: string, value: string | null): void {
	const q = new URLSearchParams(where.value.search);
	if (value === null) q.delete(name);
	else q.set(name, value);
	const s = q.toString();
	navigate(where.value.path + (s ? "?" + s : "") + where.value.hash, {
		replace: true,
		keepFocus: true,
	});
}

export const query = (name: string): string | null =>
	new URLSearchParams(where.value.search).get(name);

function isOurs(a: HTMLAnchorElement): boolean {
	if (a.target && a.target !== "_self") return false;
	if (a.hasAttribute("download") || a.origin !== location.origin) return false;
	return !a.pathname.startsWith(API + "/") && !/\.\w+$/.test(a.pathname.replace(/^\/w\/.*/, ""));
}

export function startRouter(): void {
	addEventListener("popstate", () => {
		const before = where.value.path;
		where.value = read();
		if (where.value.path !== before) wantHeadFocus();
	});
	addEventListener("hashchange", () => {
		where.value = read();
	});
	document.addEventListener("click", (e) => {
		if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
			return;
		const a = (e.target as Element | null)?.closest?.("a");
		if (!a || !a.href || !isOurs(a)) return;
		/* a jump inside the page is the browser's */
		if (a.pathname === location.pathname && a.search === location.search && a.hash) return;
		e.preventDefault();
		/* a tab changes a part of the page: the focus stays on it */
		navigate(a.pathname + a.search + a.hash, { keepFocus: a.dataset.keep !== undefined });
	});
	addEventListener("beforeunload", (e) => {
		if (guard?.()) e.preventDefault();
	});
}
