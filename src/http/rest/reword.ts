import { BadUserInput, DomainError } from "../../errors.ts";

/** Words of a refusal that a route has other words for: names of GraphQL's inputs, mostly. */
export type Wording = Readonly<Record<string, string>>;

/** The wording of a route that takes a page of a list. */
export const PAGE_WORDING: Wording = {
  first: "limit",
  after: "cursor",
  "pageInfo or an edge gives it": "the Link header gives it",
};

/**
 * Runs what has its rules elsewhere. A refusal that comes from there names what GraphQL takes; here it names
 * what the route takes.
 */
export async function reworded<Result>(
  reword: (text: string) => string,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof BadUserInput) throw error.reworded(reword);
    if (error instanceof DomainError) throw new DomainError(error.code, reword(error.message));
    throw error;
  }
}

/** Replaces the words of a wording, where they stand as words. */
export function withWording(wording: Wording): (text: string) => string {
  const words = Object.keys(wording).map((word) => word.replaceAll(".", "\\."));
  const pattern = new RegExp(`(?<![\\w.])(?:${words.join("|")})(?!\\w)`, "g");
  return (text) => text.replace(pattern, (word) => wording[word] ?? word);
}
