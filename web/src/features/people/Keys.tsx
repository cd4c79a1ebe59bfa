/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: made, shown once, deleted. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { ApiError } from "../../api/client";
import type { ApiKey, Role } from "../../api/types";
import { useLoad } from "../../models/load";
import { t } from "../../strings/en";
import { Card, Waiting } from "../../ui/bits";
import { Copy } from "../../ui/Copy";
import { Confirm, Dialog } from "../../ui/Dialog";
import { ErrorText } from "../../ui/ErrorView";
import { when } from "../../ui/format";
import { RoleSelect } from "./RoleSelect";

const DAYS = [7, 30, 90, 365];
const P = t.people;

function Make({ w, made }: { w: string; made: (key: string) => void }) {
	const [name, setName] = useState("");
	const [role, setRole] = useState<Role>("editor");
	const [days, setDays] = useState(30);
	const [error, setError] = useState<ApiError | null>(null);
	const go = async (e: Event) => {
		e.preventDefault();
		setError(null);
		try {
			made((await api.newApiKey(name.trim(), w, role, days)).key);
			setName("");
		} catch (x) {
			setError(x as ApiError);
		}
	};
	return (
		<form class="inline-form" onSubmit={go}>
			<h3>{P.makeKey}</h3>
			<label class="field">
				<span>{P.keyName}</span>
				<input
					type="text"
					required
					maxLength={80}
					value={name}
					onInput={(e) => setName(e.currentTarget.value)}
				/>
			</label>
			<label class="field">
				<span>{P.role}</span>
				<RoleSelect value={role} set={setRole} />
			</label>
			<label class="field">
				<span>{P.keyDays}</span>
				<select value={String(days)} onChange={(e) => setDays(Number(e.currentTarget.value))}>
					{DAYS.map((d) => (
						<option key={d} value={String(d)}>
							{P.days(d)}
						</option>
					))}
				</select>
			</label>
			<button type="submit" class="btn primary">
				{P.makeKey}
			</button>
			{error && <ErrorText error={error} />}
		</form>
	);
}

export function Keys({ w }: { w: string }) {
	const list = useLoad(`keys ${w}`, (s) => api.listKeys(s));
	const [shown, show] = useState<string | null>(null);
	const [leaving, setLeaving] = useState<ApiKey | null>(null);
	const keys = (list.value ?? []).filter((k) => !k.workspace || k.workspace === w);
	return (
		<Card title={P.keys} id="keys">
			<p class="muted">{P.keysLead}</p>
			{list.error && (
				<ErrorText
					error={list.error}
					acts={
						<button type="button" class="btn small" onClick={list.reload}>
							{t.app.retry}
						</button>
					}
				/>
			)}
			{!list.value && !list.error && <Waiting lines={2} />}
			{list.value && !keys.length && <p class="muted">{P.keysNone}</p>}
			{keys.length > 0 && (
				<div class="scroll" tabIndex={0} role="group" aria-label={P.keys}>
					<table class="list">
						<thead>
							<tr>
								<th scope="col">{P.keyCol.name}</th>
								<th scope="col" class="wide">
									{P.keyCol.role}
								</th>
								<th scope="col">{P.keyCol.ends}</th>
								<th scope="col" class="wide">
									{P.keyCol.used}
								</th>
								<th scope="col">
									<span class="vh">{P.keyCol.act}</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{keys.map((k) => (
								<tr key={k.id}>
									<th scope="row">{k.name}</th>
									<td class="wide">{t.app.role[k.role]}</td>
									<td>{k.expires_at ? when(k.expires_at) : P.never}</td>
									<td class="wide">{k.last_used_at ? when(k.last_used_at) : P.never}</td>
									<td class="n">
										<button
											type="button"
											class="btn small"
											aria-label={P.deleteKey(k.name)}
											onClick={() => setLeaving(k)}
										>
											{P.deleteKeyShort}
										</button>
									</td>
								</tr>
							))}
						</tbody>
					</table>
				</div>
			)}
			<Make
				w={w}
				made={(key) => {
					show(key);
					list.reload();
				}}
			/>
			{shown && (
				<Dialog title={P.keyMade} close={() => show(null)}>
					<p>{P.keyMadeNote}</p>
					<p class="secret">
						<code data-testid="key">{shown}</code>
						<Copy text={shown} what={P.keys} />
					</p>
					<div class="acts end">
						<button type="button" class="btn primary" onClick={() => show(null)}>
							{P.keyDone}
						</button>
					</div>
				</Dialog>
			)}
			{leaving && (
				<Confirm
					title={P.deleteKeyTitle(leaving.name)}
					text={P.deleteKeyText}
					verb={P.deleteKeyGo}
					close={() => setLeaving(null)}
					go={async () => {
						await api.removeKey(leaving.id);
						list.reload();
					}}
				/>
			)}
		</Card>
	);
}
