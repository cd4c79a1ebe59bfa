/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a page: its one h1, which takes the focus after a navigation, and what can be done
 * with the page.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../strings/en";
import { takeHeadFocus } from "./focus";
import { Icon } from "./Icon";

export interface HeadProps {
	title: string;
	/* what the browser tab says when it is not the title */
	tab?: string;
	pill?: ComponentChildren;
	sub?: ComponentChildren;
	back?: { href: string; text: string };
	children?: ComponentChildren;
}
export function PageHead({ title, tab, pill, sub, back, children }: HeadProps) {
	const h1 = useRef<HTMLHeadingElement>(null);
	useEffect(() => {
		document.title = t.app.title(tab ?? title);
	}, [tab, title]);
	useEffect(() => takeHeadFocus(h1.current));
	return (
		<header class="head">
			<div class="head-text">
				{back && (
					<a class="back" href={back.href}>
						<Icon name="back" size={14} />
						{back.text}
					</a>
				)}
				<div class="head-line">
					<h1 ref={h1} tabIndex={-1}>
						{title}
					</h1>
					{pill}
				</div>
				{sub && <p class="sub">{sub}</p>}
			</div>
			{children && <div class="head-acts">{children}</div>}
		</header>
	);
}
