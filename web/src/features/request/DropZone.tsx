/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place for files: a real file input that the keyboard reaches, and the same for what is dropped
 * on it.
 */
import { useRef, useState } from "preact/hooks";
import { t } from "../../strings/en";
import { Icon } from "../../ui/Icon";

export function DropZone({ add, id }: { add: (files: File[]) => void; id: string }) {
	const [depth, setDepth] = useState(0);
	const input = useRef<HTMLInputElement>(null);
	const take = (list: FileList | null | undefined) => {
		const files = Array.from(list ?? []);
		if (files.length) add(files);
	};
	const hasFiles = (e: DragEvent) => Array.from(e.dataTransfer?.types ?? []).includes("Files");
	return (
		<div
			class={depth > 0 ? "drop over" : "drop"}
			onDragEnter={(e) => hasFiles(e) && setDepth((d) => d + 1)}
			onDragLeave={() => setDepth((d) => Math.max(0, d - 1))}
			onDragOver={(e) => e.preventDefault()}
			onDrop={(e) => {
				e.preventDefault();
				setDepth(0);
				take(e.dataTransfer?.files);
			}}
		>
			<input
				ref={input}
				id={id}
				type="file"
				multiple
				class="vh"
				onChange={(e) => {
					take(e.currentTarget.files);
					e.currentTarget.value = "";
				}}
			/>
			<label class="btn" for={id}>
				<Icon name="plus" size={16} />
				{t.files.add}
			</label>
			<span class="muted">{depth > 0 ? t.files.dropNow : t.files.drop}</span>
		</div>
	);
}
