/** A resource as Infracost writes it, with default values that cost nothing. */
export function resource(fields: Readonly<Record<string, unknown>> = {}) {
  return { name: "aws_instance.web", resourceType: "aws_instance", monthlyCost: "0", ...fields };
}

/** A cost component as Infracost writes it. */
export function component(fields: Readonly<Record<string, unknown>> = {}) {
  return {
    name: "Instance usage",
    unit: "hours",
    monthlyQuantity: "730",
    price: "0.01",
    monthlyCost: "7.3",
    ...fields,
  };
}

/** A project as Infracost writes it. */
export function project(fields: Readonly<Record<string, unknown>> = {}) {
  return { name: "shop", metadata: {}, breakdown: { resources: [], totalMonthlyCost: "0" }, ...fields };
}

/** The text of an Infracost file with these projects. */
export function infracostText(
  projects: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    version: "0.2",
    currency: "USD",
    projects,
    totalMonthlyCost: "0",
    timeGenerated: "2025-08-03T22:49:45.514663978Z",
    ...fields,
  });
}

/** The text of an Infracost file with one project of these resources. */
export function resourcesText(resources: readonly unknown[], totalMonthlyCost = "0"): string {
  return infracostText([project({ breakdown: { resources, totalMonthlyCost } })], { totalMonthlyCost });
}
