import { expect, test } from "vitest";
import { categoryOf } from "../../src/import/cost-category.ts";

test.each([
  ["Instance usage (Linux/UNIX, on-demand, m5.4xlarge)", "hours", "aws_instance", "compute"],
  ["Per GB per hour", "GB", "aws_ecs_service", "compute"],
  ["Duration (first 6B)", "GB-seconds", "aws_lambda_function", "compute"],
  ["ElastiCache (on-demand, cache.t2.micro)", "hours", "aws_elasticache_cluster", "compute"],
  ["Storage (general purpose SSD, gp2)", "GB", "aws_instance", "storage"],
  ["Provisioned IOPS", "IOPS", "aws_instance", "storage"],
  ["Ephemeral storage", "GB-seconds", "aws_lambda_function", "storage"],
  ["On-demand backup storage", "GB", "aws_dynamodb_table", "storage"],
  ["EBS snapshot storage", "GB", "aws_ebs_snapshot", "storage"],
  ["Data processed", "GB", "aws_nat_gateway", "network"],
  ["Load balancer capacity units", "LCU", "aws_lb", "network"],
  ["Outbound data transfer", "GB", "aws_instance", "network"],
  ["IP address (static)", "hours", "azurerm_public_ip", "network"],
  ["Requests", "1M requests", "aws_lambda_function", "other"],
  ["Data ingested", "GB", "aws_cloudwatch_log_group", "other"],
  ["EC2 detailed monitoring", "metrics", "aws_instance", "other"],
  ["Secret", "months", "aws_secretsmanager_secret", "other"],
])("%s (%s) of %s is %s", (name, unit, resourceType, category) => {
  expect(categoryOf({ name, unit, resourceType })).toBe(category);
});
