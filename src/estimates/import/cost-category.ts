import { CATEGORY_RULES } from "./cost-category-rules.ts";

/** The four shares that a resource's cost is divided into. */
export type CostCategory = "compute" | "storage" | "network" | "other";

/** What a cost component's category is told from. */
export interface CategorizedComponent {
  readonly name: string;
  readonly unit: string;
  readonly resourceType: string;
}

/** The category of a cost component: that of the first rule which fits, else other. */
export function categoryOf(component: CategorizedComponent): CostCategory {
  const rule = CATEGORY_RULES.find(
    ({ name, unit, resourceType }) =>
      (name === undefined || name.test(component.name)) &&
      (unit === undefined || unit.test(component.unit)) &&
      (resourceType === undefined || resourceType.test(component.resourceType)),
  );
  return rule?.category ?? "other";
}
