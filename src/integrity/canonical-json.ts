import { canonicalNumber } from "./canonical-number.ts";

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * JSON as RFC 8785 writes it, made from JSON that PostgreSQL has written: no space, members in the order of their
 * names' UTF-16 code units, numbers as `canonicalNumber` has them. Strings are copied: PostgreSQL escapes what the
 * RFC does, and in the same way.
 *
 * It scans the text, because JSON.parse rounds numbers. With a reviver that keeps their digits, parsing alone took
 * 18 microseconds for a resource where this takes 4.
 */
export function canonicalJson(text: string): string {
  return new Scanner(text).value();
}

interface Member {
  readonly name: string;
  /** With its name. */
  readonly text: string;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string();
      case OPEN_LIST:
        return this.#list();
      case OPEN_OBJECT:
        return this.#object();
      default:
        return this.#literal();
    }
  }

  #list(): string {
    if (!this.#enter(CLOSE_LIST)) return "[]";
    let written = `[${this.value()}`;
    while (this.#next()) written += `,${this.value()}`;
    return `${written}]`;
  }

  #object(): string {
    if (!this.#enter(CLOSE_OBJECT)) return "{}";
    const members = [this.#member()];
    while (this.#next()) members.push(this.#member());
    return `{${joined(members)}}`;
  }

  #member(): Member {
    const name = this.#string();
    this.#pass(COLON);
    return { name: unquoted(name), text: `${name}:${this.value()}` };
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (this.#text.charCodeAt(end - 1) === BACKSLASH && this.#isEscaped(end)) {
      end = this.#text.indexOf('"', end + 1);
    }
    this.#at = end + 1;
    return this.#text.slice(start, this.#at);
  }

  /** Behind an odd number of backslashes. */
  #isEscaped(at: number): boolean {
    let first = at;
    while (this.#text.charCodeAt(first - 1) === BACKSLASH) first--;
    return (at - first) % 2 === 1;
  }

  /** A number, true, false or null. */
  #literal(): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !isEnd(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === start) throw new SyntaxError(`There is no JSON at ${start} of ${this.#text}`);
    const literal = this.#text.slice(start, this.#at);
    // Digits and the minus come before letters.
    return literal < "A" ? canonicalNumber(literal) : literal;
  }

  /** Goes to the first item; false when there is none. */
  #enter(end: number): boolean {
    this.#at++;
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== end) return true;
    this.#at++;
    return false;
  }

  /** Goes from an item to the one behind it; false when it was the last. */
  #next(): boolean {
    this.#skipSpace();
    const more = this.#text.charCodeAt(this.#at) === COMMA;
    this.#at++;
    this.#skipSpace();
    return more;
  }

  #pass(code: number): void {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) === code) this.#at++;
    this.#skipSpace();
  }

  #skipSpace(): void {
    while (this.#text.charCodeAt(this.#at) <= SPACE) this.#at++;
  }
}

/** Whether a number or a word has ended. */
function isEnd(code: number): boolean {
  return code === COMMA || code === CLOSE_LIST || code === CLOSE_OBJECT || code <= SPACE;
}

function joined(members: Member[]): string {
  members.sort((a, b) => (a.name < b.name ? -1 : 1));
  let written = "";
  for (const { text } of members) written += written === "" ? text : `,${text}`;
  return written;
}

function unquoted(name: string): string {
  return name.includes("\\") ? String(JSON.parse(name)) : name.slice(1, -1);
}
