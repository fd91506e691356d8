import * as z from "zod";
import type { EstimateWarningInput } from "../../client/generated.ts";
import type { InfracostFile } from "./infracost-shape.ts";

/** What an Infracost file says of all its projects. */
export interface InfracostHeader {
  readonly currency: string;
  readonly estimatedAt: string | undefined;
  readonly warnings: readonly EstimateWarningInput[];
}

const rfc3339 = z.iso.datetime({ offset: true }).regex(/T\d\d:\d\d:\d\d/);

/** Reads the currency and the time, and says what had to be assumed. */
export function readHeader({ currency, timeGenerated }: InfracostFile): InfracostHeader {
  const warnings: EstimateWarningInput[] = [];
  if (currency === undefined) {
    warnings.push({ code: "CURRENCY_ASSUMED", message: "The file names no currency: USD is assumed" });
  }
  const isReadable = timeGenerated === undefined || rfc3339.safeParse(timeGenerated).success;
  if (!isReadable) {
    const message = `timeGenerated is ${JSON.stringify(timeGenerated)}, which is no RFC 3339 time: it is left out`;
    warnings.push({ code: "TIME_UNREADABLE", message });
  }
  return { currency: currency ?? "USD", estimatedAt: isReadable ? timeGenerated : undefined, warnings };
}
