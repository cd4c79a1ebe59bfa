/* SPDX-License-Identifier: Apache-2.0 */
/* For owners: who may do what here, and which programs may act. */
import { useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { ApiError } from "../../api/client";
import type { Member, Role } from "../../api/types";
import { useLoad } from "../../models/load";
import { findWorkspace, may, session } from "../../models/session";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Banner, Card, Waiting } from "../../ui/bits";
import { PageHead } from "../../ui/PageHead";
import { Confirm } from "../../ui/Dialog";
import { ErrorText } from "../../ui/ErrorView";
import { Keys } from "./Keys";
import { RoleSelect } from "./RoleSelect";

function Invite({ w, done }: { w: string; done: () => void }) {
	const [email, setEmail] = useState("");
	const [role, setRole] = useState<Role>("editor");
	const [error, setError] = useState<ApiError | null>(null);
	const P = t.people;
	const go = async (e: Event) => {
		e.preventDefault();
		setError(null);
		try {
			await api.setMember(w, email.trim(), role);
			announce(P.changed(email.trim(), t.app.role[role]));
			setEmail("");
			done();
		} catch (x) {
			setError(x as ApiError);
		}
	};
	return (
		<form class="inline-form" onSubmit={go}>
			<h3>{P.invite}</h3>
			<label class="field">
				<span>{P.email}</span>
				<input
					type="email"
					required
					value={email}
					autocomplete="off"
					spellcheck={false}
					onInput={(e) => setEmail(e.currentTarget.value)}
				/>
			</label>
			<label class="field">
				<span>{P.role}</span>
				<RoleSelect value={role} set={setRole} />
			</label>
			<button type="submit" class="btn primary">
				{P.add}
			</button>
			<p class="hint">{P.roles[role]}</p>
			{error &&
				(error.status === 404 ? (
					<Banner tone="bad" role="alert">
						<p>{P.unknown}</p>
					</Banner>
				) : (
					<ErrorText error={error} />
				))}
		</form>
	);
}

function Members({ w }: { w: string }) {
	const list = useLoad(`members ${w}`, (s) => api.listMembers(w, s));
	const [leaving, setLeaving] = useState<Member | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const P = t.people;
	const change = async (m: Member, role: Role) => {
		setError(null);
		try {
			await api.setMember(w, m.email, role);
			announce(P.changed(m.name || m.email, t.app.role[role]));
		} catch (x) {
			setError(x as ApiError);
		}
		list.reload();
	};
	return (
		<Card title={P.members} id="members">
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
			{error && <ErrorText error={error} />}
			{!list.value && !list.error && <Waiting />}
			{list.value && (
				<div class="scroll" tabIndex={0} role="group" aria-label={P.members}>
					<table class="list">
						<thead>
							<tr>
								<th scope="col">{P.col.person}</th>
								<th scope="col">{P.col.role}</th>
								<th scope="col">
									<span class="vh">{P.col.act}</span>
								</th>
							</tr>
						</thead>
						<tbody>
							{list.value.map((m) => {
								const isMe = m.email === session.value?.user.email;
								return (
									<tr key={m.email}>
										<th scope="row">
											{m.name || m.email}
											{isMe && ` (${P.you})`}
											<span class="muted line">{m.email}</span>
										</th>
										<td>
											{isMe ? (
												t.app.role[m.role]
											) : (
												<RoleSelect
													value={m.role}
													set={(r) => void change(m, r)}
													label={`${P.role}: ${m.email}`}
												/>
											)}
										</td>
										<td class="n">
											{!isMe && (
												<button
													type="button"
													class="btn small"
													aria-label={P.remove(m.email)}
													onClick={() => setLeaving(m)}
												>
													{P.removeGo}
												</button>
											)}
										</td>
									</tr>
								);
							})}
						</tbody>
					</table>
				</div>
			)}
			<Invite w={w} done={list.reload} />
			{leaving && (
				<Confirm
					title={P.removeTitle(leaving.email)}
					text={P.removeText}
					verb={P.removeGo}
					close={() => setLeaving(null)}
					go={async () => {
						await api.removeMember(w, leaving.email);
						list.reload();
					}}
				/>
			)}
		</Card>
	);
}

export function PeoplePage({ w }: { w: string }) {
	if (!may(w, "owner"))
		return (
			<div class="page-error">
				<PageHead title={t.people.ownersOnly} />
				<p>{t.error.forbiddenDo(t.app.role[findWorkspace(w)?.role ?? "viewer"])}</p>
			</div>
		);
	return (
		<>
			<PageHead title={t.people.title} sub={t.people.lead} />
			<Members w={w} />
			<Keys w={w} />
		</>
	);
}
