import { DEEPEST_JSON, JsonTooDeep, type JsonValue, parseUntrustedJson } from "../../json.ts";
import { UnreadableEstimate } from "./unreadable-estimate.ts";

/**
 * The JSON of a file.
 * @param file what the file is, as the subject of a message ("The estimate").
 * @throws UnreadableEstimate when the text is not JSON, or nests deeper than 500 levels.
 */
export function readJson(text: string, file: string): JsonValue {
  try {
    // Windows tools begin a UTF-8 file with a byte order mark, which is no JSON.
    return parseUntrustedJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof JsonTooDeep) throw tooDeep(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreadableEstimate(`${file} is not JSON (${reason}). Give the file as its tool wrote it.`);
  }
}

function tooDeep(file: string): UnreadableEstimate {
  return new UnreadableEstimate(
    `${file} nests deeper than ${DEEPEST_JSON} levels. Give the file as its tool wrote it.`,
  );
}
