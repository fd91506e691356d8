import type { EstimateInput, ResourceCostInput, StoreEstimateInput } from "../../src/client/generated.ts";
import type { TestService } from "./service.ts";

/** A resource with the required fields, and those of the test. */
export function resource(fields: Partial<ResourceCostInput> = {}): ResourceCostInput {
  return {
    resourceId: "aws_instance.web",
    resourceType: "aws_instance",
    service: "EC2",
    region: "eu-west-1",
    totalMonthlyCost: "10.00",
    computeCost: "10.00",
    ...fields,
  };
}

/** An estimate that adds up: its total is 10.00 USD, of one resource, unless the test says otherwise. */
export function estimate(fields: Partial<EstimateInput> = {}): EstimateInput {
  return { totalMonthlyCost: "10.00", currency: "USD", byResource: [resource()], ...fields };
}

/** Stores an estimate and returns its id; the test is about something else. */
export async function store(service: TestService, input: Partial<StoreEstimateInput> = {}): Promise<string> {
  const { data, errors } = await tryToStore(service, input);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.storeEstimate.job.id;
}

/** Stores an estimate, and returns whatever is answered. */
export function tryToStore(service: TestService, input: Partial<StoreEstimateInput> = {}) {
  return service.query(
    "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id warnings { code message } } } }",
    { input: { estimate: estimate(), ...input } },
  );
}
