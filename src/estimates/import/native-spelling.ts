import * as z from "zod";
import { isJsonObject, type JsonObject } from "./json-fields.ts";

type Path = readonly PropertyKey[];

/** Names that the service's own estimates have had for fields which GraphQL calls otherwise. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["totalCost", "totalMonthlyCost"],
  ["timestamp", "estimatedAt"],
]);

/** The name of a field in the GraphQL input: `total_cost` is totalMonthlyCost. */
export function fieldName(key: string): string {
  const camel = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return OTHER_NAMES.get(camel) ?? camel;
}

/** An object whose own keys (not those further in) may be spelled in either way. */
export function inAnySpelling<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (!isJsonObject(value)) return value;
    const fields: Record<string, unknown> = {};
    for (const [key, content] of Object.entries(value)) {
      const name = fieldName(key);
      if (Object.hasOwn(fields, name)) {
        context.addIssue({
          code: "custom",
          path: [name],
          message: `is given twice, once as ${key}: keep one`,
        });
      }
      fields[name] = content;
    }
    return fields;
  }, schema);
}

/** A path of GraphQL names as the file spells it; what the file lacks is spelled like the rest of the file. */
export function spelledLike(file: JsonObject): (path: Path) => Path {
  const spellMissing = hasCamelKeys(file) ? (name: string) => name : snakeCase;
  return (path) => {
    let here: unknown = file;
    return path.map((step) => {
      const key = typeof step === "string" ? spelling(here, step, spellMissing) : step;
      here = contentOf(here, key);
      return key;
    });
  };
}

function spelling(here: unknown, name: string, spellMissing: (name: string) => string): string {
  const keys = isJsonObject(here) ? Object.keys(here) : [];
  return keys.find((key) => fieldName(key) === name) ?? spellMissing(name);
}

function contentOf(here: unknown, key: PropertyKey): unknown {
  if (Array.isArray(here)) return here[Number(key)];
  return isJsonObject(here) ? here[String(key)] : undefined;
}

function hasCamelKeys(file: JsonObject): boolean {
  const keys = [...Object.keys(file), ...(isJsonObject(file.estimate) ? Object.keys(file.estimate) : [])];
  return keys.some((key) => /[a-z][A-Z]/.test(key)) && !keys.some((key) => key.includes("_"));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
