import type { RegionCostInput, ResourceCostInput, StoreEstimateInput } from "../client/generated.ts";
import { DATE_TIME_RULE, parseDateTime } from "../lib/date-time.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import {
  ASSUMED_CURRENCY,
  CURRENCY_RULE,
  DECIMAL_RULE,
  type Decimal,
  isCurrency,
  parseDecimal,
} from "../lib/money.ts";
import type { NewEstimate, RegionTotal, ResourceCost, ServiceTotal } from "./estimate.ts";

type Optional<T> = T | null | undefined;

/** The largest whole number that GraphQL's Int and PostgreSQL's integer hold. */
const LARGEST_COUNT = 2_147_483_647;

/**
 * Reads the values of an input that did not come through GraphQL, by the rules and with the defaults of its
 * scalars and input types: what both send alike is the same estimate, with the same request hash.
 * @throws BadUserInput with every value that is none, by its path below `input`.
 */
export function parseNewEstimate(input: StoreEstimateInput): NewEstimate {
  const reader = new ValueReader();
  const { estimate } = input;
  const path = "input.estimate";
  const parsed: NewEstimate = {
    ...input,
    labels: input.labels as Optional<JsonObject>,
    estimate: {
      ...estimate,
      totalMonthlyCost: reader.amount(`${path}.totalMonthlyCost`, estimate.totalMonthlyCost),
      currency: reader.currency(`${path}.currency`, estimate.currency),
      estimatedAt: reader.moment(`${path}.estimatedAt`, estimate.estimatedAt),
      byResource: estimate.byResource.map((cost, i) => resource(reader, `${path}.byResource[${i}]`, cost)),
      byService: estimate.byService?.map((total, i) => counted(reader, `${path}.byService[${i}]`, total)),
      byRegion: estimate.byRegion?.map((total, i) => region(reader, `${path}.byRegion[${i}]`, total)),
    },
  };
  if (reader.problems.length > 0) throw new BadUserInput(reader.problems);
  return parsed;
}

function resource(reader: ValueReader, path: string, cost: ResourceCostInput): ResourceCost {
  const part = (name: "computeCost" | "storageCost" | "networkCost" | "otherCost") =>
    cost[name] === undefined ? "0" : reader.optionalAmount(`${path}.${name}`, cost[name]);
  return {
    ...cost,
    totalMonthlyCost: reader.optionalAmount(`${path}.totalMonthlyCost`, cost.totalMonthlyCost),
    computeCost: part("computeCost"),
    storageCost: part("storageCost"),
    networkCost: part("networkCost"),
    otherCost: part("otherCost"),
    // What stands in JSON can be nothing else.
    costDrivers: cost.costDrivers as Optional<JsonValue>,
    assumptions: cost.assumptions as Optional<JsonValue>,
    tags: cost.tags as Optional<JsonObject>,
  };
}

function region(reader: ValueReader, path: string, total: RegionCostInput): RegionTotal {
  return {
    ...counted(reader, path, total),
    services: total.services?.map((service, i) => {
      const at = `${path}.services[${i}]`;
      return {
        ...service,
        totalMonthlyCost: reader.amount(`${at}.totalMonthlyCost`, service.totalMonthlyCost),
        resourceCount: reader.count(`${at}.resourceCount`, service.resourceCount),
      };
    }),
  };
}

function counted<Total extends Omit<ServiceTotal, "service">>(
  reader: ValueReader,
  path: string,
  total: Total,
): Total {
  reader.count(`${path}.resourceCount`, total.resourceCount);
  return { ...total, totalMonthlyCost: reader.amount(`${path}.totalMonthlyCost`, total.totalMonthlyCost) };
}

/** Reads values, and notes those that are none. */
class ValueReader {
  readonly problems: InputProblem[] = [];

  amount(path: string, value: string): Decimal {
    const amount = parseDecimal(value);
    return amount ?? this.#refuse(path, DECIMAL_RULE, value);
  }

  optionalAmount(path: string, value: Optional<string>): Optional<Decimal> {
    return value === null || value === undefined ? value : this.amount(path, value);
  }

  currency(path: string, value: Optional<string>): string | typeof ASSUMED_CURRENCY | null {
    if (value === undefined) return ASSUMED_CURRENCY;
    return value === null || isCurrency(value) ? value : this.#refuse(path, CURRENCY_RULE, value);
  }

  moment(path: string, value: Optional<string>): Optional<Date> {
    if (value === null || value === undefined) return value;
    return parseDateTime(value) ?? this.#refuse(path, DATE_TIME_RULE, null);
  }

  count(path: string, value: Optional<number>): Optional<number> {
    if (value === null || value === undefined) return value;
    if (Number.isInteger(value) && Math.abs(value) <= LARGEST_COUNT) return value;
    return this.#refuse(path, `must be a whole number up to ${LARGEST_COUNT}`, value);
  }

  #refuse<Value>(path: string, message: string, value: Value): Value {
    this.problems.push({ path, message });
    return value;
  }
}
