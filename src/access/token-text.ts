import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** What every token begins with, for people and for programs that look for leaked secrets. */
export const TOKEN_PREFIX = "rsto_";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 32 random bytes in base 62, and a CRC-32 over prefix and secret in base 62. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** Makes the text of a new token: prefix, 256 random bits, checksum. */
export function newTokenText(): string {
  const secret = base62(BigInt(`0x${randomBytes(32).toString("hex")}`), SECRET_LENGTH);
  return withChecksum(TOKEN_PREFIX + secret);
}

/** Whether a text can be a token at all: a typo is told from a token without asking the database. */
export function isTokenText(text: string): boolean {
  return SHAPE.test(text) && withChecksum(text.slice(0, -CHECKSUM_LENGTH)) === text;
}

/**
 * What is stored of a token. A plain SHA-256: a slow hash protects what can be guessed, and nobody guesses 256 random
 * bits; it would only make every request slow.
 */
export function hashOfToken(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function withChecksum(text: string): string {
  return text + base62(BigInt(crc32(text)), CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, "0");
}
