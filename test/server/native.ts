/** A resource in the snake_case shape, with what the test is about. */
export function nativeResource(fields: object = {}) {
  return {
    resource_id: "aws_instance.web",
    resource_type: "aws_instance",
    service: "EC2",
    region: "eu-west-1",
    total_monthly_cost: "10.00",
    compute_cost: "10.00",
    ...fields,
  };
}

/** An estimate in the snake_case shape that adds up to 10.00 USD, with what the test is about. */
export function native(estimate: object = {}, context: object = {}) {
  return {
    estimate: { total_monthly_cost: "10.00", currency: "USD", by_resource: [nativeResource()], ...estimate },
    user_id: "ana",
    terraform_plan_hash: "abc",
    ...context,
  };
}

/** Every field that POST /store describes, filled. */
export const EVERYTHING = {
  user_id: "ana",
  terraform_plan_hash: "abc",
  project: "shop",
  branch: "main",
  commit_sha: "c0ffee",
  commit_url: "https://example.com/commit/c0ffee",
  committed_at: "2026-11-22T10:00:00Z",
  commit_message: "Add a server",
  commit_author: "Ana",
  pull_request_url: "https://example.com/pull/1",
  pull_request_title: "Add a server",
  target_branch: "main",
  is_default_branch: false,
  run_id: "github/acme/shop/1",
  run_url: "https://example.com/runs/1",
  labels: { team: "platform" },
  idempotency_key: "a key",
  estimate: {
    total_monthly_cost: "10.00",
    currency: "USD",
    profile: "prod",
    confidence_score: 0.9,
    estimator: "test 1.0",
    timestamp: "2026-11-22T10:15:00Z",
    is_complete: true,
    unsupported_resource_count: 2,
    by_resource: [
      nativeResource({
        storage_cost: "0",
        network_cost: "0",
        other_cost: "0",
        confidence_score: 0.9,
        usage_profile: "prod",
        cost_drivers: [{ component: "compute", cost: "10.00" }],
        assumptions: { hours: 730 },
        tags: { team: "platform" },
      }),
    ],
    by_service: [{ service: "EC2", total_cost: "10.00", resource_count: 1 }],
    by_region: [{ region: "eu-west-1", total_cost: "10.00", resource_count: 1, services: { EC2: "10.00" } }],
    warnings: [{ code: "A_CODE", message: "A message." }],
  },
};
