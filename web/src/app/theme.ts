/* SPDX-License-Identifier: Apache-2.0 */
/* Runs before the first paint: the chosen appearance, so that a dark page never flashes light. */
try {
	const theme = JSON.parse(localStorage.getItem("forge.theme") ?? "null") as unknown;
	if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
	/* nothing remembered: as the system */
}
