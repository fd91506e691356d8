import { RequestRefused, ServerUnreachable } from "./client-errors.ts";

/** Of a proxy or a server that will be back. */
const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

const LONGEST_QUOTE = 200;

/** What to do about an answer that no results storage gives: something else stands at the URL, or in between. */
export function unexpectedAnswer(
  url: string,
  { status, statusText, headers }: Response,
  text: string,
): RequestRefused | ServerUnreachable {
  const answered = `${url} answered HTTP ${status}${statusText && ` (${statusText})`}${quote(text)}.`;
  if (PASSING_STATUSES.has(status)) return new ServerUnreachable(answered);
  return new RequestRefused(`${answered} ${advice(status, headers.get("location"))}`);
}

function advice(status: number, location: string | null): string {
  if (location !== null) return `It points to ${location}: give the URL of the results storage itself.`;
  if (status === 401 || status === 403) return "Does RESULTS_STORAGE_TOKEN hold a token that is allowed in?";
  if (status === 413) return "Something in front of the server takes no estimate as large as this.";
  return "Is this the URL of a results storage?";
}

/** The text of the answer in one line; a web page says nothing that is fit to read here. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "" || line.startsWith("<")) return "";
  return `: ${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}...` : line}`;
}
