const QUOTE = 34;
const BACKSLASH = 92;
const NO_ASCII = 128;

/**
 * Whether one name stands before another in the order of UTF-16 code units, or is the same. Both are JSON strings in
 * one buffer, and begin where they are said to. Byte by byte, as long as these are ASCII, for which that is the same
 * order.
 */
export function isNameBefore(bytes: Buffer, one: number, other: number): boolean {
  for (let i = 1; ; i++) {
    const a = bytes[one + i] ?? QUOTE;
    const b = bytes[other + i] ?? QUOTE;
    if (a === QUOTE) return true;
    if (b === QUOTE) return false;
    if (isOfManyBytes(a) || isOfManyBytes(b)) return nameAt(bytes, one) <= nameAt(bytes, other);
    if (a !== b) return a < b;
  }
}

/** The name that a JSON string is. */
function nameAt(bytes: Buffer, start: number): string {
  return String(JSON.parse(bytes.toString("utf8", start, endOf(bytes, start))));
}

function isOfManyBytes(byte: number): boolean {
  return byte >= NO_ASCII || byte === BACKSLASH;
}

function endOf(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
