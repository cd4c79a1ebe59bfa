/* SPDX-License-Identifier: Apache-2.0 */
/* After a navigation the next page head to appear takes the focus, once. */
let wanted = false;

export function wantHeadFocus(): void {
	wanted = true;
}
export function takeHeadFocus(el: HTMLElement | null): void {
	if (!wanted || !el) return;
	wanted = false;
	el.focus({ preventScroll: true });
}
