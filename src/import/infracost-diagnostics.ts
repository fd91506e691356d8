import { stripVTControlCharacters } from "node:util";
import { countOf, hasContent, isJsonObject, type JsonObject } from "./read-file.ts";

/** The errors and warnings that Infracost states about a file, a project or their resources. */
export interface Diagnostics {
  /** Errors make a job incomplete. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Whether values of variables are missing, so that prices of 0 are unknown. */
  readonly lacksVariables: boolean;
}

/** The meaning of a field: its content is errors, warnings or both, or it tells that the run failed. */
type Role = "errors" | "diagnostics" | "warnings" | "failure" | "success" | "state";

interface Found {
  readonly errors: string[];
  readonly warnings: string[];
  /** Fields that tell a failure without its reason. */
  readonly failures: string[];
  lacksVariables: boolean;
}

/** Objects inside a file or a project that have errors of their own, apart from the projects. */
const INSIDE: ReadonlySet<string> = new Set([
  ...["metadata", "breakdown", "resources", "freeresources", "subresources", "childresources", "children"],
  ...["costcomponents", "components"],
]);

/** Objects that are found in resources: their `type` and `status` are those of the infrastructure. */
const IS_RESOURCE: ReadonlySet<string> = new Set(
  [...INSIDE].filter((name) => !/^(?:metadata|break)/.test(name)),
);

/**
 * Finds errors and warnings in an object, its metadata and its resources. No version of Infracost documents them, and
 * versions differ in place, name and shape. So any shape is read, and a failed run is never complete.
 */
export function diagnosticsIn(object: JsonObject): Diagnostics {
  const found: Found = { errors: [], warnings: [], failures: [], lacksVariables: false };
  visit(object, found, undefined);
  const { errors, warnings, failures, lacksVariables } = found;
  return { errors: errors.length === 0 ? failures.slice(0, 1) : errors, warnings, lacksVariables };
}

/** Whether the content of a field is read as errors or warnings. */
export function isDiagnostic(key: string, value: unknown): boolean {
  const role = roleOf(key);
  if (role === undefined) return false;
  return role === "errors" || role === "diagnostics" || role === "warnings" || isFailure(role, value);
}

/** The fields of metadata that look like an error and are not read as one. */
export function suspiciousFields(metadata: unknown): string[] {
  if (!isJsonObject(metadata)) return [];
  return Object.entries(metadata).flatMap(([key, value]) => {
    const looksLikeError =
      /error|fail|fatal|critical|exception|panic|diagnos|abort|incomplete/i.test(key) ||
      (typeof value === "string" && severityOf(value) === "error");
    return looksLikeError && hasContent(value) && !isDiagnostic(key, value) ? [key] : [];
  });
}

function visit(object: JsonObject, found: Found, resource: string | undefined): void {
  for (const [key, value] of Object.entries(object)) {
    const name = plainKey(key);
    const role = roleOf(key);
    if (role === "errors" || role === "diagnostics" || role === "warnings") {
      collect(role, value, { found, resource });
    } else if (role !== undefined && resource === undefined && isFailure(role, value)) {
      found.failures.push(role === "state" ? NO_REASON : `${key} is ${JSON.stringify(value)}`);
    } else if (INSIDE.has(name)) {
      for (const inside of (Array.isArray(value) ? value : [value]).filter(isJsonObject)) {
        visit(inside, found, IS_RESOURCE.has(name) ? (resource ?? addressOf(inside)) : resource);
      }
    }
  }
}

function addressOf(resource: JsonObject): string {
  const { name, address } = resource;
  return [name, address].find((text) => typeof text === "string") ?? "a resource";
}

interface Place {
  readonly found: Found;
  readonly resource: string | undefined;
}

function collect(role: "errors" | "diagnostics" | "warnings", value: unknown, place: Place): void {
  if (Array.isArray(value)) for (const item of value) collectItem(role, item, place);
  else if (hasContent(value)) collectItem(role, value, place);
}

function collectItem(role: "errors" | "diagnostics" | "warnings", item: unknown, place: Place): void {
  if (role === "warnings" && !hasContent(item)) return;
  if (typeof item === "string" && NO_ERROR.test(item.trim())) return;
  if (isJsonObject(item) && messageOf(item) === undefined && collectGroups(item, place)) return;
  const { found, resource } = place;
  const text = resource === undefined ? textOf(item) : `${resource}: ${textOf(item)}`;
  (role === "errors" || saysError(item, role) ? found.errors : found.warnings).push(text);
  if (isAboutMissingVariables(item)) found.lacksVariables = true;
}

/** Text for no error. */
const NO_ERROR = /^(?:|none|null|nil|<nil>|false|no|0|n\/a|ok|-)$/i;

/**
 * Reads an object that groups diagnostics: `{ "errors": [], "warnings": [] }`, `{ "critical": [] }`.
 * @returns whether it has no other content.
 */
function collectGroups(item: JsonObject, place: Place): boolean {
  const groups = Object.entries(item).flatMap(([key, value]) => {
    const role = severityOf(key) === "error" ? "errors" : roleOf(key);
    const isGroup = Array.isArray(value) || isJsonObject(value);
    return isGroup && (role === "errors" || role === "diagnostics" || role === "warnings")
      ? [{ role, value } as const]
      : [];
  });
  for (const { role, value } of groups) collect(role, value, place);
  return groups.length > 0 && groups.length === Object.values(item).filter(isGroupOrFilled).length;
}

function isGroupOrFilled(value: unknown): boolean {
  return Array.isArray(value) || isJsonObject(value) || hasContent(value);
}

/** Whether a diagnostic is an error. Of a list of warnings, only a severity that is certain counts. */
function saysError(item: unknown, role: "diagnostics" | "warnings"): boolean {
  if (!isJsonObject(item)) return typeof item === "string" && BEGINS_WITH_ERROR.test(plainText(item));
  const fields = Object.entries(item).map(([key, value]) => [plainKey(key), value] as const);
  return (
    fields.some(([name, value]) => {
      if (ERROR_FLAGS.has(name)) return isTrue(value);
      if (!SEVERITIES.has(name) && !KINDS.has(name)) return false;
      const severity = typeof value === "string" ? severityOf(value) : "unknown";
      if (severity !== "unknown") return severity === "error";
      // A severity that is not known may be that of an error.
      return role === "diagnostics" && SEVERITIES.has(name) && hasContent(value);
    }) ||
    (role === "diagnostics" && BEGINS_WITH_ERROR.test(messageOf(item) ?? ""))
  );
}

const BEGINS_WITH_ERROR = /^(?:error|fatal|panic|critical)\b\s*[:!]/i;
const ERROR_FLAGS: ReadonlySet<string> = new Set(
  "error iserror critical iscritical fatal isfatal failed isfailure".split(" "),
);
const SEVERITIES: ReadonlySet<string> = new Set(
  "severity level loglevel severitylevel severitytext diagnosticseverity".split(" "),
);
const KINDS: ReadonlySet<string> = new Set("kind type category status class".split(" "));

function isTrue(value: unknown): boolean {
  return typeof value === "string" ? !NO_ERROR.test(value.trim()) && hasContent(value) : hasContent(value);
}

const ERROR_WORDS: ReadonlySet<string> = new Set(
  `error errors errored err critical crit fatal failure failures failed fail severe emergency emerg alert panic
  crashed aborted exception`.split(/\s+/),
);
const HARMLESS_WORDS: ReadonlySet<string> = new Set(
  `warning warnings warn info information informational notice note hint debug trace verbose low medium moderate minor
  none ok success advisory suggestion recommendation deprecation unspecified`.split(/\s+/),
);
const FILLERS: ReadonlySet<string> = new Set(
  "severity level status state type project run diagnostic log".split(" "),
);
const NEGATIONS: ReadonlySet<string> = new Set(["non", "not", "no"]);

/** The severity of a text in any spelling: `Critical `, `SEVERITY_CRITICAL`, `nonFatal`. */
function severityOf(text: string): "error" | "harmless" | "unknown" {
  if (text.length > 60) return "unknown";
  const words = text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "" && !FILLERS.has(word));
  if (words.length === 0) return "unknown";
  if (words.some((word) => NEGATIONS.has(word))) return "harmless";
  if (words.every((word) => ERROR_WORDS.has(word))) return "error";
  return words.every((word) => HARMLESS_WORDS.has(word)) ? "harmless" : "unknown";
}

function isFailure(role: Role, value: unknown): boolean {
  if (role === "failure") return isTrue(value);
  if (role === "success")
    return value === false || (typeof value === "string" && /^false$/i.test(value.trim()));
  return role === "state" && typeof value === "string" && severityOf(value) === "error";
}

/** `iserror` for is_error and isError: versions differ in the spelling of keys. */
function plainKey(key: string): string {
  return knownKey(key).name;
}

function roleOf(key: string): Role | undefined {
  return knownKey(key).role;
}

interface Key {
  readonly name: string;
  readonly role: Role | undefined;
}

/** The first keys that were read: a file of 100,000 resources has few different keys. */
const KEYS = new Map<string, Key>();
const MAX_KEYS = 1_000;

function knownKey(key: string): Key {
  const known = KEYS.get(key);
  if (known !== undefined) return known;
  const name = key.replace(/[^a-z]/gi, "").toLowerCase();
  const read = { name, role: ROLE_PATTERNS.find(([pattern]) => pattern.test(name))?.[1] };
  if (KEYS.size < MAX_KEYS) KEYS.set(key, read);
  return read;
}

/** Options (`continueOnError`) and past runs (`previousErrors`) are no errors of this run. */
const ROLE_PATTERNS: readonly (readonly [RegExp, Role])[] = [
  [
    /^(?!(?:continue|fail|exit)?on|ignore|suppress|skip|past|prev|allow|max|no[nt]?(?:err|fail|fatal|critical))\w*(?:errors?|failures?|exceptions?)(?:messages?|msg|text|reason|details?|count|code|type|list)?$/,
    "errors",
  ],
  [/^errs?$/, "errors"],
  [/^(?:project|run|parse|evaluation)?diag(?:nostic)?s?$/, "diagnostics"],
  [/^(?:project|run|parse|evaluation)?warn(?:ing)?s?(?:messages?)?$/, "warnings"],
  [/^(?:is|has|was)?(?:failed|partial|incomplete|aborted|crashed|cancell?ed|timedout|exitcode)$/, "failure"],
  [/^(?:is|was)?(?:success|succeeded|successful|ok|complete|completed)$/, "success"],
  [
    /^(?:project|run|exit|scan)?(?:type|status|state|result|outcome|conclusion|severity|level|kind)$/,
    "state",
  ],
];

function textOf(item: unknown): string {
  if (item === null || item === undefined) return NO_REASON;
  if (typeof item === "string") return plainText(item) || NO_REASON;
  if (!isJsonObject(item)) return JSON.stringify(item);
  const text = messageOf(item) ?? rest(item);
  const { data } = item;
  const about = Array.isArray(data) ? data.filter((name) => typeof name === "string") : [];
  return plainText(about.length === 0 ? text : `${text} (${about.join(", ")})`);
}

const NO_REASON = "no reason given";

/** The content of a diagnostic without a message, apart from its severity. */
function rest(item: JsonObject): string {
  const left = Object.entries(item).filter(([key, value]) => {
    const name = plainKey(key);
    return hasContent(value) && !ERROR_FLAGS.has(name) && !SEVERITIES.has(name) && name !== "data";
  });
  return left.length === 0 ? NO_REASON : JSON.stringify(Object.fromEntries(left));
}

const MESSAGES = ["message", "msg", "text", "summary", "title", "description", "detail", "details", "reason"];

function messageOf(item: JsonObject): string | undefined {
  const byName = new Map(Object.entries(item).map(([key, value]) => [plainKey(key), value]));
  for (const name of [...MESSAGES, "error", "errormessage"]) {
    const value = byName.get(name);
    if (typeof value === "string" && plainText(value) !== "") return plainText(value);
    const inner = isJsonObject(value) ? messageOf(value) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The code of Infracost for missing variables. */
const MISSING_VARIABLES = 105;

/** Whether a diagnostic says that the values of variables are missing. */
function isAboutMissingVariables(item: unknown): boolean {
  if (isJsonObject(item)) {
    const { code } = item;
    if (countOf(typeof code === "string" && /^\d+$/.test(code) ? Number(code) : code) === MISSING_VARIABLES) {
      return true;
    }
  }
  const text = typeof item === "string" ? plainText(item) : isJsonObject(item) ? (messageOf(item) ?? "") : "";
  return /\bmissing (?:\w+ )?var|\bvar(?:iable)?s? .*\b(?:missing|unset|undefined|not (?:set|provided|given|defined))\b/i.test(
    text,
  );
}

/** Infracost writes for a terminal: with colours and line breaks. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/g, " ").trim();
}
