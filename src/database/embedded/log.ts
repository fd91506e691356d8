import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT_BYTES = 1024 * 1024;

/**
 * Keeps PostgreSQL's log from growing for ever: of one that is too long, only the end stays. Works while PostgreSQL
 * writes to it, because it appends. Never fails: the log is not worth stopping for.
 */
export async function shrinkLog(path: string, maxBytes = MAX_BYTES, keptBytes = KEPT_BYTES): Promise<void> {
  // The folder belongs to another account than root: do not follow a link that it may have put there.
  const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    if (size <= maxBytes) return;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(keptBytes), 0, keptBytes, size - keptBytes);
    await file.truncate(0);
    await file.write(buffer, 0, bytesRead, 0);
  } catch {
    // It stays as long as it is.
  } finally {
    await file.close();
  }
}

/** The last lines of PostgreSQL's log, for an error message. */
export async function endOfLog(path: string, lines = 8): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
