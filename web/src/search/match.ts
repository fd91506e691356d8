/** The matched part of a text, without regard to case: as the search of the API compares. */

/** The characters before a match that are shown, so that the match of a long text is in view. */
const BEFORE = 40;

/** The text before the match, the match, and the text after it. The match is "" if the text does not have it. */
export function splitMatch(value: string, text: string): [before: string, match: string, after: string] {
  const at = indexOfMatch(value, text);
  return at === -1
    ? [value, "", ""]
    : [
        at > BEFORE ? `…${value.slice(at - BEFORE, at)}` : value.slice(0, at),
        value.slice(at, at + text.length),
        value.slice(at + text.length),
      ];
}

/** The index of the match; -1: none, or it cannot be marked, because a letter has another length in lower case. */
function indexOfMatch(value: string, text: string): number {
  const [lower, searched] = [value.toLowerCase(), text.toLowerCase()];
  return lower.length === value.length && searched.length === text.length ? lower.indexOf(searched) : -1;
}

/** Whether the value has the text in any place, or at its beginning. */
export function hasMatch(value: string, text: string, isBeginning = false): boolean {
  const at = value.toLowerCase().indexOf(text.toLowerCase());
  return isBeginning ? at === 0 : at !== -1;
}
