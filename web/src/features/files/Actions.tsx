/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with a file: download, replace, delete, use. */
import { useRef, useState } from "preact/hooks";
import * as api from "../../api/calls";
import type { FileItem } from "../../api/types";
import { addDraftFile } from "../../models/draft";
import { clearLoads } from "../../models/load";
import { navigate } from "../../models/router";
import { may } from "../../models/session";
import { upload } from "../../models/uploads";
import { t } from "../../strings/en";
import { announce } from "../../ui/announce";
import { Confirm } from "../../ui/Dialog";
import { baseName } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { verdictOf } from "../request/request.hooks";

export function Actions({ w, f, reload }: { w: string; f: FileItem; reload: () => void }) {
	const [isAsking, asking] = useState(false);
	const picker = useRef<HTMLInputElement>(null);
	const name = baseName(f.path);
	return (
		<>
			<a class="btn" href={api.download(api.fileUrl(w, f.path))} download={name}>
				{t.files.download}
				<Icon name="down" size={16} />
			</a>
			{may(w, "editor") && (
				<>
					<input
						ref={picker}
						type="file"
						class="vh"
						tabIndex={-1}
						aria-hidden="true"
						onChange={(e) => {
							const file = e.currentTarget.files?.[0];
							if (file)
								upload(w, [{ file, path: f.path }], (item) => {
									announce(t.files.arrived(name, verdictOf(item)));
									reload();
								});
							e.currentTarget.value = "";
						}}
					/>
					<button type="button" class="btn" onClick={() => picker.current?.click()}>
						{t.files.replaceFile}
					</button>
					<button type="button" class="btn" onClick={() => asking(true)}>
						{t.files.delete}
					</button>
					<button
						type="button"
						class="btn primary"
						onClick={() => {
							addDraftFile(w, f.path);
							navigate(`/w/${w}`);
						}}
					>
						{t.files.use}
					</button>
					{isAsking && (
						<Confirm
							title={t.files.deleteTitle(name)}
							text={t.files.deleteText}
							verb={t.files.deleteGo(name)}
							close={() => asking(false)}
							go={async () => {
								await api.removeFile(w, f.path);
								clearLoads(`files ${w}`);
								announce(t.files.deleted(name));
								navigate(`/w/${w}/files`);
							}}
						/>
					)}
				</>
			)}
		</>
	);
}
