/* SPDX-License-Identifier: Apache-2.0 */
/* Text in which `this` is code: the only markup that messages carry. */
export const Rich = ({ text }: { text: string }) => (
	<>{text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>
);
