import { isRawNumber, type JsonValue, parseJson } from "../../json.ts";
import { UnreadableEstimate } from "./unreadable-estimate.ts";

/** Deep enough for resources that nest a hundred times, and far from what overflows the stack. */
const DEEPEST = 500;

/**
 * The JSON of a file.
 * @param file what the file is, as the subject of a message ("The estimate").
 * @throws UnreadableEstimate when the text is not JSON, or nests deeper than 500 levels.
 */
export function readJson(text: string, file: string): JsonValue {
  const value = parse(text, file);
  if (isDeeperThan(DEEPEST, value)) throw tooDeep(file);
  return value;
}

function parse(text: string, file: string): JsonValue {
  try {
    // Windows tools begin a UTF-8 file with a byte order mark, which is no JSON.
    return parseJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // The parser recurses, so what nests far too deep overflows the stack there.
    if (error instanceof RangeError) throw tooDeep(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreadableEstimate(`${file} is not JSON (${reason}). Give the file as its tool wrote it.`);
  }
}

function isDeeperThan(limit: number, value: JsonValue): boolean {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap(children);
  }
  return false;
}

function children(value: JsonValue): JsonValue[] {
  return typeof value === "object" && value !== null && !isRawNumber(value) ? Object.values(value) : [];
}

function tooDeep(file: string): UnreadableEstimate {
  return new UnreadableEstimate(
    `${file} nests deeper than ${DEEPEST} levels. Give the file as its tool wrote it.`,
  );
}
