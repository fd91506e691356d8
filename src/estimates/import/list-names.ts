/** More names than this are counted, not listed: a message is to be read by a person. */
const LISTED = 20;

/** The names in one line; of very many only the first 20, and how many more there are. */
export function listNames(names: readonly string[], separator = ", "): string {
  const listed = names.slice(0, LISTED);
  if (names.length > LISTED) listed.push(`and ${names.length - LISTED} more`);
  return listed.join(separator);
}
