/** The texts about the origin of a job, in the form that the server stores. Each function returns undefined for none. */

/** A name with slashes and without empty parts: "acme/shop/live" of "acme\\shop//live/". */
export function pathName(text: string | null | undefined): string | undefined {
  const parts = text?.split(/[\\/]/).filter((part) => part.trim() !== "");
  return parts?.join("/") || undefined;
}

/** An absolute http or https URL, as the server requires it. */
export function httpUrl(text: string | null | undefined): string | undefined {
  return text && /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) ? text : undefined;
}

/** The longest title and message, and the longest name, that the server accepts, in characters. */
const LONGEST_LINE = 4_096;
const LONGEST_NAME = 255;

/** The first line of a commit message or of a title. */
export function firstLine(text: string | null | undefined): string | undefined {
  return shorten(text?.trim().split(/[\r\n]/, 1)[0], LONGEST_LINE);
}

/** The name in "name <address>". An address alone is no name. */
export function personName(text: string | null | undefined): string | undefined {
  const name = firstLine(text)?.replace(/\s*<[^<>]*>\s*$/, "");
  return name && /^\S+@\S+$/.test(name) ? undefined : shorten(name, LONGEST_NAME);
}

function shorten(text: string | undefined, length: number): string | undefined {
  return [...(text ?? "").toWellFormed()].slice(0, length).join("").trim() || undefined;
}

const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/;

/** A time with a zone, as an RFC 3339 time in UTC. */
export function dateTime(text: string | null | undefined): string | undefined {
  if (!text || !DATE_TIME.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
