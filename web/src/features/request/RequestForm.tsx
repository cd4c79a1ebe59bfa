/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objective and files together: the composer of Home, and the editable request beside a refused
 * check.
 */
import type { ComponentChildren, Ref } from "preact";
import { useState } from "preact/hooks";
import { t } from "../../strings/en";
import { ChooseFiles } from "./ChooseFiles";
import { DropZone } from "./DropZone";
import { FileList } from "./FileList";
import type { Request } from "./request.hooks";

interface Props {
	r: Request;
	label: string;
	isLabelHidden?: boolean;
	placeholder?: string;
	rows: number;
	/* why it cannot be sent, shown below the field */
	problem: string | null;
	box?: Ref<HTMLTextAreaElement>;
	submit: () => void;
	children: ComponentChildren;
}

export function RequestForm({
	r,
	label,
	isLabelHidden,
	placeholder,
	rows,
	problem,
	box,
	submit,
	children,
}: Props) {
	const [isChoosing, choosing] = useState(false);
	return (
		<form
			class="request"
			onSubmit={(e) => {
				e.preventDefault();
				submit();
			}}
			noValidate
		>
			<label class={isLabelHidden ? "vh" : "label"} for="objective">
				{label}
			</label>
			<textarea
				id="objective"
				ref={box}
				rows={rows}
				placeholder={placeholder}
				value={r.objective}
				data-testid="objective"
				aria-invalid={problem !== null}
				aria-describedby={problem ? "request-problem" : undefined}
				onInput={(e) => r.setObjective(e.currentTarget.value)}
				onKeyDown={(e) => {
					if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) submit();
				}}
			/>
			<DropZone add={r.add} id="files" />
			<FileList r={r} />
			{r.files.length === 0 && r.others.length > 0 && <p class="muted small">{t.files.all}</p>}
			{r.others.length > 0 && (
				<button type="button" class="link" onClick={() => choosing(true)}>
					{t.files.choose}
				</button>
			)}
			{problem && (
				<p class="say bad" id="request-problem" role="alert">
					{problem}
				</p>
			)}
			{children}
			{isChoosing && <ChooseFiles others={r.others} use={r.use} close={() => choosing(false)} />}
		</form>
	);
}
