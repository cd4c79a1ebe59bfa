/* SPDX-License-Identifier: Apache-2.0 */
import type { Role } from "../../api/types";
import { t } from "../../strings/en";

const ROLES: Role[] = ["owner", "editor", "approver", "viewer", "auditor"];

export const RoleSelect = ({
	value,
	set,
	label,
}: {
	value: Role;
	set: (r: Role) => void;
	label?: string;
}) => (
	<select value={value} aria-label={label} onChange={(e) => set(e.currentTarget.value as Role)}>
		{ROLES.map((r) => (
			<option key={r} value={r}>
				{t.app.role[r]}
			</option>
		))}
	</select>
);
