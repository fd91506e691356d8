import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { UnreadableEstimate } from "../import/import-estimates.ts";
import { errorMessage } from "../lib/errors.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * A file's text, or standard input's ("-").
 * @throws UsageError when there is no such file, UnreadableEstimate when it is no text.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  // UTF-8, or the UTF-16 that PowerShell's ">" writes.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableEstimate(`${file} is not text in UTF-8. Give the file as its tool wrote it.`);
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return file === "-" ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${errorMessage(error)}`);
  }
}
