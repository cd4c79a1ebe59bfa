/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is signed in, and in which workspaces. Ending a session keeps the address, the drafts and the
 * queued uploads.
 */
import { signal, computed } from "@preact/signals";
import * as api from "../api/calls";
import { ApiError, setCsrf, whenReached, whenUnauthenticated } from "../api/client";
import type { Role, Session, Workspace } from "../api/types";
import { clearLoads } from "./load";
import { keep, recall } from "./keep";
import { navigate, where } from "./router";

export type SessionState = "starting" | "out" | "in" | "unreachable";
export const sessionState = signal<SessionState>("starting");
export const session = signal<Session | null>(null);
/* the session ended by itself: say so on the sign-in page */
export const hasExpired = signal(false);
export const isReached = signal(true);
export const startError = signal<ApiError | null>(null);

export const workspaces = computed<Workspace[]>(() => session.value?.workspaces ?? []);
export const findWorkspace = (id: string) => workspaces.value.find((w) => w.id === id) ?? null;

const RANK: Record<Role, number> = { owner: 4, editor: 3, approver: 2, viewer: 1, auditor: 1 };
export const may = (w: string, role: Role): boolean => {
	const ws = findWorkspace(w);
	return ws !== null && RANK[ws.role] >= RANK[role];
};

function enter(s: Session): void {
	setCsrf(s.csrf);
	session.value = s;
	hasExpired.value = false;
	sessionState.value = "in";
}

export function signInHref(): string {
	const here = where.value.path + where.value.search + where.value.hash;
	return here === "/" || here.startsWith("/sign-in")
		? "/sign-in"
		: "/sign-in?next=" + encodeURIComponent(here);
}

/* only an address of this site, and never the sign-in page itself */
export function nextAfterSignIn(search: string): string {
	const next = new URLSearchParams(search).get("next");
	return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : "/";
}

export async function startSession(): Promise<void> {
	whenReached((reached) => {
		isReached.value = reached;
	});
	whenUnauthenticated(() => {
		if (sessionState.value !== "in") return;
		hasExpired.value = true;
		sessionState.value = "out";
		setCsrf("");
		navigate(signInHref(), { replace: true });
	});
	sessionState.value = "starting";
	try {
		enter(await api.getSession());
	} catch (e) {
		startError.value = e as ApiError;
		sessionState.value = (e as ApiError).status === 401 ? "out" : "unreachable";
	}
}

export async function signIn(email: string, password: string): Promise<void> {
	const before = session.value?.user.id;
	const s = await api.signIn(email, password);
	if (before !== s.user.id) clearLoads();
	enter(s);
}

export async function signOut(): Promise<void> {
	await api.signOut().catch((e: ApiError) => {
		if (e.status !== 401) throw e;
	});
	setCsrf("");
	clearLoads();
	session.value = null;
	hasExpired.value = false;
	sessionState.value = "out";
	navigate("/sign-in");
}

export const lastWorkspace = (): Workspace | null =>
	findWorkspace(recall<string>("workspace") ?? "") ?? workspaces.value[0] ?? null;
export const rememberWorkspace = (id: string) => keep("workspace", id);

export async function addWorkspace(name: string): Promise<Workspace> {
	const ws = await api.newWorkspace(name);
	const s = session.value;
	if (s)
		session.value = { ...s, workspaces: [...s.workspaces, { ...ws, role: ws.role ?? "owner" }] };
	return ws;
}
