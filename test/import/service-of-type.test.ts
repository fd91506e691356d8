import { expect, test } from "vitest";
import { serviceOfType } from "../../src/import/service-of-type.ts";

test.each([
  ["aws_instance", "EC2"],
  ["aws_autoscaling_group", "EC2"],
  ["aws_ebs_volume", "EBS"],
  ["aws_db_instance", "RDS"],
  ["aws_rds_cluster", "RDS"],
  ["aws_lb", "ELB"],
  ["aws_nat_gateway", "VPC"],
  ["aws_route53_resolver_endpoint", "Route 53 Resolver"],
  ["azurerm_linux_virtual_machine", "Virtual Machines"],
  ["azurerm_kubernetes_cluster", "AKS"],
  ["google_compute_instance", "Compute Engine"],
  ["google_container_cluster", "GKE"],
  ["google_sql_database_instance", "Cloud SQL"],
])("%s is of %s", (type, service) => {
  expect(serviceOfType(type)).toBe(service);
});

test.each([
  ["aws_dynamodb_contributor_insights", "DynamoDB"],
  ["aws_lb_target_group_attachment", "ELB"],
  ["azurerm_storage_something_new", "Storage"],
  ["google_compute_something_new", "Compute Engine"],
])("%s, which no table names, is of %s by its beginning", (type, service) => {
  expect(serviceOfType(type)).toBe(service);
});

test.each(["aws", "aws_", "aws_quantum_leap", "acme_rocket", "", "constructor", "__proto__", "unknown"])(
  "the service of %j is unknown",
  (type) => {
    expect(serviceOfType(type)).toBe("unknown");
  },
);
