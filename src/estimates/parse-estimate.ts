import { DATE_TIME_RULE, parseDateTime } from "../lib/date-time.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { CURRENCY_RULE, DECIMAL_RULE, isCurrency, parseDecimal } from "../lib/money.ts";
import { NEW_ESTIMATE, type NewEstimate, type StoreEstimateInput } from "./estimate.ts";
import type { Field, ObjectType } from "./input-object.ts";

/**
 * Parses the values of an input from a file or from REST, with the rules and the defaults of the scalars and input
 * types of GraphQL: the same values give the same estimate, with the same request hash.
 * @throws BadUserInput with every invalid value, by its path below `input`.
 */
export function parseNewEstimate(input: StoreEstimateInput): NewEstimate {
  const reader = new ValueReader();
  const parsed = reader.readObject(NEW_ESTIMATE, input);
  if (reader.problems.length > 0) throw new BadUserInput(reader.problems);
  // The type is derived from the same table as the values.
  return parsed as unknown as NewEstimate;
}

type Values = Readonly<Record<string, unknown>>;

/** Parses values, and collects the problems of invalid values. */
class ValueReader {
  readonly problems: InputProblem[] = [];
  readonly #path: PropertyKey[] = ["input"];

  readObject({ fields }: ObjectType, values: Values): Values {
    const read: Record<string, unknown> = {};
    for (const name in fields) {
      const field = fields[name];
      if (field === undefined) continue;
      const value = values[name];
      this.#path.push(name);
      read[name] = value === undefined || value === null ? missing(field, value) : this.#read(field, value);
      this.#path.pop();
    }
    return read;
  }

  // The shape in import/native-shape.ts has validated the structure of the values.
  #read(field: Field, value: unknown): unknown {
    if (field.kind === "object") return this.readObject(field.of, value as Values);
    if (field.kind === "list") return (value as Values[]).map((item, i) => this.#readItem(field.of, item, i));
    const scalar = SCALARS[field.kind];
    if (scalar === undefined) return value;
    const read = scalar.parse(value);
    if (read === undefined) this.problems.push({ path: [...this.#path], rule: scalar.rule });
    return read;
  }

  #readItem(type: ObjectType, item: Values, index: number): Values {
    this.#path.push(index);
    const read = this.readObject(type, item);
    this.#path.pop();
    return read;
  }
}

function missing(field: Field, value: null | undefined): unknown {
  return value === undefined && "default" in field ? field.default : value;
}

/** The scalars whose values must be parsed or checked beyond their JSON type. */
const SCALARS: Readonly<
  Partial<Record<Field["kind"], { readonly parse: (value: unknown) => unknown; readonly rule: string }>>
> = {
  amount: { parse: parseDecimal, rule: DECIMAL_RULE },
  currency: { parse: parseCurrency, rule: CURRENCY_RULE },
  dateTime: { parse: parseDateTime, rule: DATE_TIME_RULE },
  count: { parse: parseCount, rule: "must be a whole number" },
  boolean: { parse: parseBoolean, rule: "must be true or false" },
};

function parseBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function parseCurrency(value: unknown): string | undefined {
  return typeof value === "string" && isCurrency(value) ? value : undefined;
}

function parseCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) ? value : undefined;
}
