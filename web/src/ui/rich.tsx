/* SPDX-License-Identifier: Apache-2.0 */
/* Text in which `this` is code: the only markup that messages carry. Lines stay lines. */
export const Rich = ({ text }: { text: string }) => (
	<span class="rich">
		{text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}
	</span>
);
