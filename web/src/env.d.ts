/* SPDX-License-Identifier: Apache-2.0 */
declare module "*.css";

/* what the tests use of node */
declare module "node:test" {
	export function test(name: string, fn: () => void | Promise<void>): void;
	export namespace test {
		function skip(name: string, fn?: () => void): void;
	}
}
declare module "node:assert/strict" {
	interface Assert {
		(value: unknown, message?: string): void;
		equal(actual: unknown, expected: unknown, message?: string): void;
		deepEqual(actual: unknown, expected: unknown, message?: string): void;
		rejects(promise: Promise<unknown>, check?: (e: unknown) => boolean): Promise<void>;
	}
	const assert: Assert;
	export default assert;
}
declare module "node:fs" {
	export function existsSync(path: string): boolean;
	export function readFileSync(path: string, encoding: "utf8"): string;
}
