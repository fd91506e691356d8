import { jsonCell, textCell } from "./cells.ts";
import type { Column } from "./columns.ts";
import { plainNumber } from "./plain-number.ts";

/** The columns of resources.csv: what is stored of a resource, under the names of the REST routes. */
export const RESOURCE_COLUMNS: readonly Column[] = [
  { name: "resource_id", cell: ({ resourceId }) => textCell(resourceId) },
  { name: "resource_type", cell: ({ resourceType }) => textCell(resourceType) },
  { name: "service", cell: ({ service }) => textCell(service) },
  { name: "region", cell: ({ region }) => textCell(region) },
  { name: "currency", cell: (_, { currency }) => currency },
  { name: "total_monthly_cost", cell: ({ totalMonthlyCost }) => totalMonthlyCost },
  { name: "compute_cost", cell: ({ computeCost }) => computeCost },
  { name: "storage_cost", cell: ({ storageCost }) => storageCost },
  { name: "network_cost", cell: ({ networkCost }) => networkCost },
  { name: "other_cost", cell: ({ otherCost }) => otherCost },
  { name: "confidence_score", cell: ({ confidenceScore }) => plainNumber(confidenceScore) },
  { name: "cost_drivers", cell: ({ costDrivers }) => jsonCell(costDrivers) },
  { name: "assumptions", cell: ({ assumptions }) => jsonCell(assumptions) },
  { name: "tags", cell: ({ tags }) => jsonCell(tags) },
];
