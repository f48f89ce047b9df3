/* kinds - the kinds of groups that a school's system knows. */
import { knows, t } from "./words.js";

export const KINDS = ["year", "registration", "teaching"];

export function kindText(kind) {
	return knows("kind." + kind) ? t("kind." + kind) : kind;
}
