/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The browser's own modal dialog: it keeps the focus inside, closes with Escape and gives the focus
 * back.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../strings/en";
import type { ApiError } from "../api/client";
import { ErrorText } from "./ErrorView";

export function Dialog({
	title,
	close,
	children,
	isWide,
}: {
	title: string;
	close: () => void;
	children: ComponentChildren;
	isWide?: boolean;
}) {
	const ref = useRef<HTMLDialogElement>(null);
	const id = useId();
	useEffect(() => {
		const d = ref.current;
		const back = document.activeElement as HTMLElement | null;
		d?.showModal();
		return () => {
			d?.close();
			if (back?.isConnected) back.focus();
		};
	}, []);
	return (
		<dialog
			ref={ref}
			class={isWide ? "wide" : ""}
			aria-labelledby={id}
			onCancel={(e) => {
				e.preventDefault();
				close();
			}}
		>
			<h2 id={id}>{title}</h2>
			{children}
		</dialog>
	);
}

/* Ask before doing what cannot be undone. go: does it; its error stays in the dialog. */
export function Confirm({
	title,
	text,
	verb,
	busy,
	go,
	close,
	isDanger = true,
}: {
	title: string;
	text: string;
	verb: string;
	busy?: string;
	go: () => Promise<void>;
	close: () => void;
	isDanger?: boolean;
}) {
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	const act = async () => {
		setBusy(true);
		setError(null);
		try {
			await go();
			close();
		} catch (e) {
			setError(e as ApiError);
			setBusy(false);
		}
	};
	return (
		<Dialog title={title} close={close}>
			<p>{text}</p>
			{error && <ErrorText error={error} />}
			<div class="acts end">
				<button type="button" class="btn" onClick={close} autofocus>
					{t.app.cancel}
				</button>
				<button
					type="button"
					class={isDanger ? "btn danger" : "btn primary"}
					disabled={isBusy}
					onClick={act}
				>
					{isBusy ? (busy ?? verb) : verb}
				</button>
			</div>
		</Dialog>
	);
}
