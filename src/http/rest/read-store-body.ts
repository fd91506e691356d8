import { BadUserInput } from "../../errors.ts";
import type { NewEstimate } from "../../estimates/estimate.ts";
import { isJsonObject, type JsonObject } from "../../estimates/import/json-fields.ts";
import { importNativeEstimate } from "../../estimates/import/native-estimate.ts";
import { spelledLike } from "../../estimates/import/native-spelling.ts";
import { pathText } from "../../estimates/import/read-shape.ts";
import { UnreadableEstimate } from "../../estimates/import/unreadable-estimate.ts";
import { parseNewEstimate } from "../../estimates/parse-new-estimate.ts";
import type { JsonValue } from "../../json.ts";

/** A path of the mutation's input, in a path or in a sentence. */
const INPUT_PATH = /\binput((?:\.\w+|\[\d+\])+)/g;

/** What a client asks to store, and how a refusal of it is worded. */
export interface StoreBody {
  readonly body: JsonObject;
  /** Puts the client's own spelling in the place of the mutation's paths. */
  readonly reword: (text: string) => string;
}

/**
 * Takes a request's body for an estimate with what stands around it.
 * @throws BadUserInput when it is none.
 */
export function storeBody(body: JsonValue | undefined): StoreBody {
  if (!isJsonObject(body)) throw new BadUserInput([{ path: "the body", message: "must be a JSON object" }]);
  if (!Object.hasOwn(body, "estimate")) {
    throw new BadUserInput([{ path: "estimate", message: "is missing, it must be an object" }]);
  }
  const spell = spelledLike(body);
  return {
    body,
    reword: (text) => text.replace(INPUT_PATH, (_, path: string) => pathText(spell(stepsOf(path)))),
  };
}

/**
 * Reads the estimate, as `push` reads a file of this shape.
 * @param idempotencyKey of the request's header; wins over the body's.
 * @throws BadUserInput with every problem.
 */
export function readNewEstimate(body: JsonObject, idempotencyKey: string | undefined): NewEstimate {
  const input = parseNewEstimate(readShape(body));
  return idempotencyKey === undefined ? input : { ...input, idempotencyKey };
}

function readShape(body: JsonObject) {
  try {
    return importNativeEstimate(body);
  } catch (error) {
    if (error instanceof UnreadableEstimate) throw new BadUserInput(error.problems);
    throw error;
  }
}

/** `.estimate.byResource[3].region` as steps. */
function stepsOf(path: string): PropertyKey[] {
  return [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}
