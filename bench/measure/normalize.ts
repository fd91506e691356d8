/** Lists whose order a contender may not be able to choose. */
const UNORDERED = ["services", "regions"];

/** An answer in one spelling: lists without the object around them, moments in UTC, decimals without final zeros. */
export function normalize(value: unknown): unknown {
  if (typeof value === "string") return normalizeText(value);
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === "nodes") return normalize(only[1]);
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(key, normalize(item))]));
}

function normalizeText(text: string): string {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) return new Date(text).toISOString();
  if (/^-?\d+\.\d+$/.test(text)) return text.replace(/\.?0+$/, "");
  return text;
}

function ordered(key: string, value: unknown): unknown {
  if (!UNORDERED.includes(key) || !Array.isArray(value)) return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
