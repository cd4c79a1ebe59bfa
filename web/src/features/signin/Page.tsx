/* SPDX-License-Identifier: Apache-2.0 */
/* The door. Password managers and pasting work; an error says which it is and takes the focus. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiError } from "../../api/client";
import { hasExpired, session, signIn } from "../../models/session";
import { t } from "../../strings/en";
import { Banner } from "../../ui/bits";
import { errorWords } from "../../ui/ErrorView";
import { sentence } from "../../ui/format";

export function signInWords(e: ApiError): { text: string; field: "password" | null } {
	if (e.status === 401) return { text: t.signIn.wrong, field: "password" };
	if (e.status === 429) return { text: t.signIn.throttled(e.retryAfterS), field: null };
	const w = errorWords(e);
	return {
		text: [w.title, w.what, w.todo, w.code].filter(Boolean).map(sentence).join(" "),
		field: null,
	};
}

export function SignInPage() {
	const [email, setEmail] = useState(session.value?.user.email ?? "");
	const [password, setPassword] = useState("");
	const [isShown, show] = useState(false);
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<{ text: string; field: "email" | "password" | null } | null>(
		null,
	);
	const emailBox = useRef<HTMLInputElement>(null);
	const passwordBox = useRef<HTMLInputElement>(null);
	useEffect(() => {
		document.title = t.app.title(t.signIn.title);
		(email ? passwordBox : emailBox).current?.focus();
	}, []);
	const say = (text: string, field: "email" | "password" | null) => {
		setError({ text, field });
		(field === "email" ? emailBox : passwordBox).current?.focus();
	};
	const go = async (e: Event) => {
		e.preventDefault();
		if (isBusy) return;
		if (!email.trim()) return say(t.signIn.needEmail, "email");
		if (!password) return say(t.signIn.needPassword, "password");
		setBusy(true);
		setError(null);
		try {
			await signIn(email.trim(), password);
		} catch (x) {
			setBusy(false);
			const w = signInWords(x as ApiError);
			say(w.text, w.field);
			if (w.field) passwordBox.current?.select();
		}
	};
	const isBad = (f: "email" | "password") => error?.field === f;
	return (
		<main class="sign-in">
			<form class="card" onSubmit={go} noValidate>
				<p class="brand">{t.app.name}</p>
				<h1>
					{t.signIn.title} <span>{t.signIn.lead}</span>
				</h1>
				{hasExpired.value && !error && (
					<Banner tone="accent" role="status">
						<p>{t.signIn.expired}</p>
					</Banner>
				)}
				{error && (
					<div id="sign-in-error">
						<Banner tone="bad" role="alert">
							<p>{error.text}</p>
						</Banner>
					</div>
				)}
				<label class="field">
					<span>{t.signIn.email}</span>
					<input
						ref={emailBox}
						type="email"
						name="email"
						autocomplete="username"
						inputMode="email"
						spellcheck={false}
						value={email}
						aria-invalid={isBad("email")}
						aria-describedby={error ? "sign-in-error" : undefined}
						onInput={(e) => setEmail(e.currentTarget.value)}
					/>
				</label>
				<label class="field">
					<span>{t.signIn.password}</span>
					<input
						ref={passwordBox}
						type={isShown ? "text" : "password"}
						name="password"
						autocomplete="current-password"
						value={password}
						aria-invalid={isBad("password")}
						aria-describedby={error ? "sign-in-error" : undefined}
						onInput={(e) => setPassword(e.currentTarget.value)}
					/>
				</label>
				<label class="check">
					<input
						type="checkbox"
						checked={isShown}
						onChange={(e) => show(e.currentTarget.checked)}
					/>
					{t.signIn.show}
				</label>
				<button type="submit" class="btn primary big" aria-disabled={isBusy}>
					{isBusy ? t.signIn.going : t.signIn.go}
				</button>
				<p class="muted small">{t.signIn.forgot}</p>
			</form>
		</main>
	);
}
