import { BadUserInput } from "./errors.ts";

/** The end of the message about text that PostgreSQL cannot store. */
export const TEXT_RULE = "must not contain a NUL character or a lone surrogate";

/** Whether PostgreSQL can store the text unchanged. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** The maximum length of a text. Characters are Unicode code points. */
export interface TextLimit {
  readonly most: number;
  readonly unit: "characters" | "bytes";
}

/** The rule that a text breaks: it must not be empty or too long, and PostgreSQL must be able to store it. */
export function textRule(text: string, { most, unit }: TextLimit): string | undefined {
  if (text.trim() === "") return "must not be empty";
  if (isLonger(text, most, unit)) return `must have at most ${most} ${unit}`;
  return isStorable(text) ? undefined : TEXT_RULE;
}

function isLonger(text: string, most: number, unit: TextLimit["unit"]): boolean {
  if (unit === "bytes") return Buffer.byteLength(text) > most;
  // A character beyond U+FFFF has a length of two. Characters are counted only in a text that may be too long.
  return text.length > most && (text.length > 2 * most || [...text].length > most);
}

/** The first line of a text that is not blank, without blanks at its ends; undefined without such a line. */
export function firstLine(text: string | null | undefined): string | undefined {
  return (
    text
      ?.trim()
      .split(/[\r\n]/, 1)[0]
      ?.trimEnd() || undefined
  );
}

/** The first line of a text, cut to the limit. A lone surrogate, which PostgreSQL cannot store, is replaced. */
export function limitedLine(
  text: string | null | undefined,
  { most, unit }: TextLimit & { readonly unit: "characters" },
): string | undefined {
  const line = firstLine(text)?.toWellFormed();
  return line && isLonger(line, most, unit) ? [...line].slice(0, most).join("").trimEnd() : line;
}

/** Whether the text is an absolute URL of http or https. Pages show it as a link: javascript: is not safe. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

/** An absolute URL of http or https without credentials; undefined for another text, and a longer one. */
export function httpUrl(text: string | null | undefined, { most, unit }: TextLimit): string | undefined {
  if (!text || !isHttpUrl(text)) return undefined;
  const url = withoutCredentials(text);
  return isHttpUrl(url) && !isLonger(url, most, unit) ? url : undefined;
}

/** The names of parameters that hold a secret: private_token, X-Amz-Signature, apiKey. */
const SECRET_PARAMETER =
  /token|secret|passw|credential|signature|jwt|bearer|session|(?:api|access|private|shared|account)[-_.]?key|^(?:auth(?:orization)?|sig|pwd|pass|key|pat)$/i;

/**
 * A URL without user and password, and without the parameters of its query and fragment that look like secrets. The
 * rest is unchanged, also a text that is no URL. A stored job cannot be changed, so that a secret would stay.
 */
export function withoutCredentials(url: string): string {
  const [, origin = "", rest = ""] = /^([a-z][a-z\d+.-]*:[\\/]{2,})(.*)$/is.exec(url) ?? [];
  if (origin === "") return url;
  const [, path = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(rest) ?? [];
  return origin + path.replace(/^[^\\/]*@/, "") + withoutSecrets(query) + withoutSecrets(fragment);
}

/** @param part a query with its "?", or a fragment with its "#". */
function withoutSecrets(part: string): string {
  const parameters = part.slice(1).split(/[&;]/);
  if (!parameters.some(isSecret)) return part;
  // A fragment may begin with a path: #/login?token=...
  const kept = parameters
    .map((parameter) => (isSecret(parameter) ? parameter.replace(/^(?:([^=]*)\?)?.*$/s, "$1") : parameter))
    .filter((parameter) => parameter !== "");
  return kept.length === 0 ? "" : part.slice(0, 1) + kept.join("&");
}

function isSecret(parameter: string): boolean {
  if (!parameter.includes("=")) return false;
  const name = parameter.slice(0, parameter.indexOf("="));
  return SECRET_PARAMETER.test(percentDecoded(name).replace(/^.*\?/s, ""));
}

/** A text of a URL with its characters for "%20"; unchanged if it is not well-formed. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A path or a name with the separator "/" and without empty parts: "acme/shop/live" of "acme\\shop//live/". undefined:
 * nothing is left. ".", the current folder, is not a name: it is the same in every repository.
 */
export function pathName(text: string | null | undefined): string | undefined {
  const parts = text?.split(/[\\/]/).filter((part) => part.trim() !== "" && part.trim() !== ".");
  return parts?.join("/") || undefined;
}

/**
 * Rejects texts that PostgreSQL would reject in a query.
 * @param path of the object that contains them.
 * @throws BadUserInput naming each of them.
 */
export function requireStorable(
  path: string,
  texts: Readonly<Record<string, string | null | undefined>>,
): void {
  const problems = Object.entries(texts)
    .filter(([, text]) => typeof text === "string" && !isStorable(text))
    .map(([name]) => ({ path: [path, name], rule: TEXT_RULE }));
  if (problems.length > 0) throw new BadUserInput(problems);
}

/** "1 job", "2 jobs". @param many the plural when it is not formed with an s. */
export function pluralize(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A name in camel case as columns and files spell it: `commit_sha` of commitSha. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
