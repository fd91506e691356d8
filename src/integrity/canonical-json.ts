import { Big } from "big.js";

const LINE_FEED = 10;
const SPACE = 32;
const COMMA = 44;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const COLON = 58;
const LETTER_A = 65;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/**
 * The maximum number of levels. Deeper values are copied as PostgreSQL wrote them. The service stores at most 32
 * levels, but a manipulated row can have any number: 5,000 overflow the stack, and both the sealer and `verify` would
 * fail.
 */
const DEEPEST = 1_000;

/** JavaScript prints the double of an integer with at most this number of digits without a change. */
const EXACT_DIGITS = 15;

/** A byte that UTF-8 does not use. */
const END = 255;

const NOTHING = Buffer.alloc(0);

/** The position of a member of an object in the output, in bytes. */
interface Member {
  readonly start: number;
  readonly end: number;
}

/**
 * Converts lines of JSON from PostgreSQL into canonical JSON (RFC 8785): no whitespace, members in the order of the
 * UTF-16 code units of their names, numbers as in `canonicalNumber`. Strings are copied, because PostgreSQL escapes the
 * same characters as the RFC, in the same way.
 *
 * The class copies bytes, because JSON.parse rounds numbers, and because the target is 100,000 lines per second. A
 * resource took 18 microseconds with JSON.parse and a reviver that keeps the digits, 3.4 with substrings, and 2.2 with
 * bytes. The buffers are reused: the garbage collection of new buffers for each text took half of the time.
 */
export class CanonicalJson {
  #json = NOTHING;
  #length = 0;
  #at = 0;
  #written = NOTHING;
  #end = 0;
  /** A copy of the members that are being sorted. */
  #before = NOTHING;
  #level = 0;

  /**
   * Converts lines into canonical JSON.
   * @param text the lines, separated by line feeds.
   * @returns the lines, each with a line feed at its end, in a buffer that the next call overwrites.
   * @throws SyntaxError when a line is not JSON.
   */
  lines(text: string): Buffer {
    this.#begin(text);
    for (;;) {
      this.#value();
      this.#write(LINE_FEED);
      if (this.#at === this.#length) break;
      this.#pass(LINE_FEED);
    }
    // A buffer silently ignores bytes that are written beyond its end.
    if (this.#end > this.#written.length) throw new Error("The canonical form is longer than expected.");
    return this.#written.subarray(0, this.#end);
  }

  #begin(text: string): void {
    // One more byte, for a line feed or END. The canonical form is not longer than the input; the exception is #grow.
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#json.length < bytes) {
      this.#json = Buffer.allocUnsafe(bytes);
      this.#written = Buffer.allocUnsafe(bytes);
      this.#before = Buffer.allocUnsafe(bytes);
    }
    this.#length = this.#json.write(text);
    // END separates this text from the rest of an earlier text in the buffer.
    this.#json[this.#length] = END;
    this.#at = 0;
    this.#end = 0;
    this.#level = 0;
  }

  #value(): void {
    const byte = this.#json[this.#at];
    if (byte === QUOTE) this.#string();
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#nested(byte);
    else this.#literal();
  }

  #nested(byte: number): void {
    this.#level++;
    if (this.#level > DEEPEST) this.#asItIs();
    else if (byte === OPEN_LIST) this.#list();
    else this.#object();
    this.#level--;
  }

  /** Copies a list or an object without a change. */
  #asItIs(): void {
    let open = 0;
    do {
      const byte = this.#json[this.#at];
      if (this.#at >= this.#length) throw this.#noJson();
      if (byte === OPEN_LIST || byte === OPEN_OBJECT) open++;
      if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) open--;
      if (byte === QUOTE) this.#string();
      else this.#copy();
    } while (open > 0);
  }

  #list(): void {
    this.#open(OPEN_LIST);
    if (this.#json[this.#at] !== CLOSE_LIST) {
      do this.#value();
      while (this.#hasNext());
    }
    this.#close(CLOSE_LIST);
  }

  #object(): void {
    this.#open(OPEN_OBJECT);
    const first = this.#end;
    const members: Member[] = [];
    let isOrdered = true;
    if (this.#json[this.#at] !== CLOSE_OBJECT) {
      do {
        const previous = members.at(-1);
        const member = this.#member();
        isOrdered &&= previous === undefined || isNameBefore(this.#written, previous.start, member.start);
        members.push(member);
      } while (this.#hasNext());
    }
    if (!isOrdered) this.#sort(members, first);
    this.#close(CLOSE_OBJECT);
  }

  #member(): Member {
    const start = this.#end;
    if (this.#json[this.#at] !== QUOTE) throw this.#noJson();
    this.#string();
    this.#skipSpace();
    this.#pass(COLON);
    this.#write(COLON);
    this.#skipSpace();
    this.#value();
    return { start, end: this.#end };
  }

  /** Writes the members again, in canonical order. They are the end of the output, from `first` on. */
  #sort(members: Member[], first: number): void {
    const [written, before] = [this.#written, this.#before];
    members.sort((a, b) => (isNameBefore(written, a.start, b.start) ? -1 : 1));
    for (let at = first; at < this.#end; at++) before[at] = written[at] ?? 0;
    let to = first;
    for (const { start, end } of members) {
      if (to > first) written[to++] = COMMA;
      for (let at = start; at < end; at++) written[to++] = before[at] ?? 0;
    }
  }

  #string(): void {
    const [json, written] = [this.#json, this.#written];
    let [at, end] = [this.#at, this.#end];
    let byte = QUOTE;
    do {
      written[end++] = byte;
      // A character after a backslash does not end the string.
      if (byte === BACKSLASH) written[end++] = json[++at] ?? 0;
      byte = json[++at] ?? 0;
      if (at >= this.#length) throw this.#noJson();
    } while (byte !== QUOTE);
    written[end++] = QUOTE;
    this.#at = at + 1;
    this.#end = end;
  }

  /** Writes a number, true, false or null. */
  #literal(): void {
    const start = this.#at;
    let isInteger = true;
    while (!this.#isAtEnd()) {
      isInteger &&= isDigit(Number(this.#json[this.#at]));
      this.#copy();
    }
    const length = this.#at - start;
    if (length === 0) throw this.#noJson();
    const isNumber = Number(this.#json[start]) < LETTER_A;
    if (isNumber && !(isInteger && length <= EXACT_DIGITS)) this.#number(start);
  }

  /** Replaces the number at the end of the output by its canonical form. */
  #number(start: number): void {
    const copied = this.#json.toString("latin1", start, this.#at);
    const number = canonicalNumber(copied);
    if (number === copied) return;
    if (number.length > copied.length) this.#grow(number.length - copied.length);
    this.#end -= copied.length;
    this.#end += this.#written.write(number, this.#end, "latin1");
  }

  /** For a number such as 1e+20, whose canonical form is longer. PostgreSQL writes only doubles in this form. */
  #grow(bytes: number): void {
    this.#written = Buffer.concat([this.#written, Buffer.allocUnsafe(bytes)]);
    this.#before = Buffer.allocUnsafe(this.#written.length);
  }

  /** Whether a number, true, false or null has ended. */
  #isAtEnd(): boolean {
    const byte = this.#json[this.#at] ?? END;
    return byte === END || byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || byte <= SPACE;
  }

  #open(code: number): void {
    this.#pass(code);
    this.#write(code);
    this.#skipSpace();
  }

  #close(code: number): void {
    this.#pass(code);
    this.#write(code);
  }

  /** Moves to the next item; false: no more items. */
  #hasNext(): boolean {
    this.#skipSpace();
    if (this.#json[this.#at] !== COMMA) return false;
    this.#copy();
    this.#skipSpace();
    return true;
  }

  #skipSpace(): void {
    while (Number(this.#json[this.#at]) <= SPACE) this.#at++;
  }

  #pass(code: number): void {
    if (this.#json[this.#at] !== code) throw this.#noJson();
    this.#at++;
  }

  #copy(): void {
    this.#write(this.#json[this.#at++] ?? 0);
  }

  #write(byte: number): void {
    this.#written[this.#end++] = byte;
  }

  #noJson(): SyntaxError {
    const excerpt = this.#json.toString(
      "utf8",
      Math.max(0, this.#at - 40),
      Math.min(this.#at + 40, this.#length),
    );
    return new SyntaxError(`Invalid JSON at byte ${this.#at}: ${excerpt}`);
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

/**
 * The canonical form of a number in PostgreSQL's JSON. If the nearest double is the same number, this is the ECMAScript
 * form of the double, as in RFC 8785. Otherwise it is all digits of the number, without trailing zeros. Numbers that
 * PostgreSQL considers equal (1.5 and 1.50) have the same form, and different numbers have different forms.
 */
function canonicalNumber(text: string): string {
  const nearest = String(Number(text));
  if (nearest === text) return text;
  const digits = text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
  return nearest === digits || isSameNumber(nearest, digits) ? nearest : digits;
}

function isSameNumber(nearest: string, digits: string): boolean {
  // A number beyond the range of doubles becomes Infinity.
  return nearest !== "Infinity" && nearest !== "-Infinity" && new Big(nearest).eq(digits);
}

const QUOTE = 34;
const BACKSLASH = 92;
const NO_ASCII = 128;

/**
 * Whether a name precedes another name in the order of UTF-16 code units, or is equal to it. Both names are JSON
 * strings in one buffer. ASCII characters are compared as bytes, because the order of the bytes is the same.
 * @param one the position of the first name.
 * @param other the position of the second name.
 */
function isNameBefore(bytes: Buffer, one: number, other: number): boolean {
  for (let i = 1; ; i++) {
    const a = bytes[one + i] ?? QUOTE;
    const b = bytes[other + i] ?? QUOTE;
    if (a === QUOTE) return true;
    if (b === QUOTE) return false;
    if (isOfManyBytes(a) || isOfManyBytes(b)) return nameAt(bytes, one) <= nameAt(bytes, other);
    if (a !== b) return a < b;
  }
}

/** The name in the JSON string at a position. */
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
