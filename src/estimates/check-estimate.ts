import { BadUserInput, type InputProblem, type Sentence } from "../lib/errors.ts";
import type { JsonValue } from "../lib/json.ts";
import { jsonProblem } from "../lib/storable-json.ts";
import { isHttpUrl, textRule } from "../lib/text.ts";
import { MAX_STATED_COUNT, NEW_ESTIMATE, type NewEstimate } from "./estimate.ts";
import type { Field, ObjectType } from "./input-object.ts";

/**
 * Rejects an estimate that cannot be stored unchanged. The parsers have checked decimals, currencies and times: the
 * scalars of GraphQL (graphql/scalars.ts), parse-estimate.ts for files and REST, read-file.ts for Infracost. These
 * checks depend on the field and on other fields.
 * @throws BadUserInput with every problem, by its path below `input`.
 */
export function checkEstimate(input: NewEstimate): void {
  const checker = new Checker();
  checker.checkObject(NEW_ESTIMATE, input);
  if (checker.problems.length > 0) throw new BadUserInput(checker.problems);
}

type Values = Readonly<Record<string, unknown>>;
type ListField = Extract<Field, { kind: "list" }>;
type NestedField = ListField | Extract<Field, { kind: "object" }>;

/** Collects problems. The path is copied only for a problem: 100,000 resources have 1.3 million fields. */
class Checker {
  readonly problems: InputProblem[] = [];
  readonly #path: PropertyKey[] = ["input"];

  /** Scalar fields come first, so that their problems are listed before those of 100,000 resources. */
  checkObject({ fields }: ObjectType, values: Values): void {
    const nested: [name: string, field: NestedField][] = [];
    for (const name in fields) {
      const field = fields[name];
      if (field === undefined) continue;
      if (field.kind === "object" || field.kind === "list") nested.push([name, field]);
      else this.#checkScalar(name, field, values[name]);
    }
    for (const [name, field] of nested) {
      const value = values[name];
      if (value === undefined || value === null) continue;
      this.#path.push(name);
      if (field.kind === "object") this.checkObject(field.of, value as Values);
      else this.#checkList(field, value as Values[]);
      this.#path.pop();
    }
  }

  #checkScalar(name: string, field: Exclude<Field, NestedField>, value: unknown): void {
    if (value === undefined || value === null) return;
    if (field.kind === "json" || field.kind === "jsonObject") {
      const problem = jsonProblem(value as JsonValue);
      if (problem !== undefined) this.#refuse(problem.rule, name, ...problem.path);
      return;
    }
    const rule = field.kind === "text" ? ruleOfText(value as string, field) : RULES[field.kind]?.(value);
    if (rule !== undefined) this.#refuse(rule, name);
  }

  #checkList({ of, limit, unique }: ListField, list: readonly Values[]): void {
    if (limit !== undefined && list.length > limit.most) {
      this.#refuse(`must hold at most ${limit.most} ${limit.noun}`);
      return;
    }
    const firstAt = new Map<unknown, number>();
    for (const [i, item] of list.entries()) {
      this.#path.push(i);
      this.checkObject(of, item);
      this.#path.pop();
      if (unique === undefined) continue;
      const first = firstAt.get(item[unique]);
      if (first === undefined) firstAt.set(item[unique], i);
      else this.#refuse(["must not repeat ", [...this.#path, first, unique]], i, unique);
    }
  }

  #refuse(rule: Sentence, ...below: PropertyKey[]): void {
    this.problems.push({ path: [...this.#path, ...below], rule });
  }
}

/** The rules of scalars: each returns the rule that a value breaks. */
const RULES: Readonly<Partial<Record<Field["kind"], (value: unknown) => string | undefined>>> = {
  count: (value) =>
    Number(value) >= 0 && Number(value) <= MAX_STATED_COUNT
      ? undefined
      : `must be from 0 to ${MAX_STATED_COUNT}`,
  score: (value) =>
    Number(value) >= 0 && Number(value) <= 1 ? undefined : "must be from 0 to 1; omit it if it is unknown",
  code: (value) =>
    /^[A-Z][A-Z0-9_]{0,63}$/.test(String(value))
      ? undefined
      : "must be UPPER_SNAKE_CASE with at most 64 characters",
};

function ruleOfText(value: string, field: Extract<Field, { kind: "text" }>): string | undefined {
  const { limit, format, optional } = field;
  if (optional && value.trim() === "") return "must not be empty; omit it if it is unknown";
  const rule = textRule(value, limit);
  if (rule !== undefined) return rule;
  return format === undefined || isHttpUrl(value)
    ? undefined
    : "must be a URL that begins with http:// or https://";
}
