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
 * Below so many levels a value is copied as PostgreSQL has written it. The service stores 32; a row that was changed
 * behind its back may have any number, 5,000 overflow the stack, and both the sealer and `verify` would fail.
 */
const DEEPEST = 1_000;

/** Integers of so many digits are what their nearest double prints. */
const EXACT_DIGITS = 15;

/** Is nowhere in UTF-8. */
const END = 255;

const NOTHING = Buffer.alloc(0);

/** Where a member of an object stands in what was written. */
interface Member {
  readonly start: number;
  readonly end: number;
}

/**
 * Writes lines of JSON as RFC 8785 does, made from lines that PostgreSQL has written: no space, members in the order of
 * their names' UTF-16 code units, numbers as `canonicalNumber` has them. Strings are copied: PostgreSQL escapes what
 * the RFC does, and in the same way.
 *
 * It copies bytes, because JSON.parse rounds numbers, and because there are to be a hundred thousand lines a second.
 * (JSON.parse with a reviver that keeps digits took 18 microseconds for a resource, pieces of strings 3.4, bytes 2.2.)
 * Its buffers are used again and again: new ones for each text took as long to collect as half of the work.
 */
export class CanonicalJson {
  #json = NOTHING;
  #length = 0;
  #at = 0;
  #written = NOTHING;
  #end = 0;
  /** For what is written in another order. */
  #before = NOTHING;
  #level = 0;

  /**
   * @param text lines with a line feed between them.
   * @returns each with a line feed behind it. Good until this is called again.
   * @throws SyntaxError when one is no JSON.
   */
  lines(text: string): Buffer {
    this.#begin(text);
    for (;;) {
      this.#value();
      this.#write(LINE_FEED);
      if (this.#at === this.#length) break;
      this.#pass(LINE_FEED);
    }
    // A buffer drops without a word what is written behind its end.
    if (this.#end > this.#written.length) throw new Error("The canonical form is longer than expected.");
    return this.#written.subarray(0, this.#end);
  }

  #begin(text: string): void {
    // For a line feed or an END behind it. What is canonical is no longer than before (but see #grow).
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#json.length < bytes) {
      this.#json = Buffer.allocUnsafe(bytes);
      this.#written = Buffer.allocUnsafe(bytes);
      this.#before = Buffer.allocUnsafe(bytes);
    }
    this.#length = this.#json.write(text);
    // What is left of another text must not be taken for this one's.
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

  /** Copies a list or an object, whatever it holds. */
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

  /** Writes members again, in their order. They are what was written last, from `first` on. */
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
      // What stands behind a backslash ends no string.
      if (byte === BACKSLASH) written[end++] = json[++at] ?? 0;
      byte = json[++at] ?? 0;
      if (at >= this.#length) throw this.#noJson();
    } while (byte !== QUOTE);
    written[end++] = QUOTE;
    this.#at = at + 1;
    this.#end = end;
  }

  /** A number, true, false or null. */
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

  /** Writes a number, which has just been copied, as it ought to be written. */
  #number(start: number): void {
    const copied = this.#json.toString("latin1", start, this.#at);
    const number = canonicalNumber(copied);
    if (number === copied) return;
    if (number.length > copied.length) this.#grow(number.length - copied.length);
    this.#end -= copied.length;
    this.#end += this.#written.write(number, this.#end, "latin1");
  }

  /** For 1e+20, which is written out; PostgreSQL writes so of doubles alone. */
  #grow(bytes: number): void {
    this.#written = Buffer.concat([this.#written, Buffer.allocUnsafe(bytes)]);
    this.#before = Buffer.allocUnsafe(this.#written.length);
  }

  /** Whether a number or a word has ended. */
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

  /** Goes to the next item; false when there is none. */
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
    const there = this.#json.toString(
      "utf8",
      Math.max(0, this.#at - 40),
      Math.min(this.#at + 40, this.#length),
    );
    return new SyntaxError(`What ought to be JSON is none at its byte ${this.#at}: ${there}`);
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9;
}

/**
 * A number of PostgreSQL's JSON as RFC 8785 writes it: as ECMAScript writes the nearest double, if that is the same
 * number. A number that no double holds keeps all of its digits instead, without needless zeros. So numbers that
 * PostgreSQL takes for equal (1.5 and 1.50) are written the same, and different ones never are.
 */
function canonicalNumber(text: string): string {
  const nearest = String(Number(text));
  if (nearest === text) return text;
  const digits = text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
  return nearest === digits || isSameNumber(nearest, digits) ? nearest : digits;
}

function isSameNumber(nearest: string, digits: string): boolean {
  // Beyond the range of doubles it is Infinity.
  return nearest !== "Infinity" && nearest !== "-Infinity" && new Big(nearest).eq(digits);
}

const QUOTE = 34;
const BACKSLASH = 92;
const NO_ASCII = 128;

/**
 * Whether one name stands before another in the order of UTF-16 code units, or is the same. Both are JSON strings in
 * one buffer, and begin where they are said to. Byte by byte, as long as these are ASCII, for which that is the same
 * order.
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
