import { API_PREFIX } from "../send-refusal.ts";

/** What a Link header says, for the description of a route. */
export const LINK_HEADER = {
  Link: 'The next page, as <URL>; rel="next"; left out on the last one (RFC 8288).',
};

/** The Link header to the page that begins behind a cursor: the same request from there on. */
export function nextPage(
  path: string,
  query: Readonly<Record<string, unknown>>,
  cursor: string | null | undefined,
): Record<string, string> {
  if (cursor === null || cursor === undefined) return {};
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor })) {
    if (value !== undefined) search.set(name, String(value));
  }
  return { link: `<${API_PREFIX}${path}?${search}>; rel="next"` };
}
