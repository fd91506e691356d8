import { describe, expect, it } from "vitest";
import { SERVICES, serviceOfType } from "../../src/import/service-of-type.ts";

describe("The service of a resource type", () => {
  it.each([
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
  ])("%s is %s", (type, service) => {
    expect(serviceOfType(type)).toBe(service);
  });

  it.each([
    ["aws_dynamodb_contributor_insights", "DynamoDB"],
    ["aws_lb_target_group_attachment", "ELB"],
    ["azurerm_storage_something_new", "Storage"],
    ["google_compute_something_new", "Compute Engine"],
  ])("%s, which is in no table, is that of its prefix: %s", (type, service) => {
    expect(serviceOfType(type)).toBe(service);
  });

  it.each([
    ["AWS::DynamoDB::Table", "DynamoDB"],
    ["AWS::EC2::Instance", "EC2"],
    ["AWS::EC2::NatGateway", "VPC"],
    ["AWS::EC2::VPCEndpoint", "VPC"],
    ["AWS::EC2::VPNConnection", "VPN"],
    ["AWS::EC2::TransitGatewayAttachment", "Transit Gateway"],
    ["AWS::EC2::Volume", "EBS"],
    ["AWS::RDS::DBInstance", "RDS"],
    ["AWS::Serverless::Function", "Lambda"],
    ["AWS::S3Outposts::Bucket", "S3"],
    ["aws-cdk-lib.aws_dynamodb.Table", "DynamoDB"],
    ["aws-cdk-lib.aws_ec2.CfnNatGateway", "VPC"],
    ["@aws-cdk/aws-lambda.Function", "Lambda"],
    ["awscc_dynamodb_table", "DynamoDB"],
    ["awscc_ec2_nat_gateway", "VPC"],
  ])("%s of CloudFormation or CDK is %s", (type, service) => {
    expect(serviceOfType(type)).toBe(service);
  });

  it.each([
    ...["AWS::Quantum::Leap", "AWS::S3Zed::Bucket", "AWS::constructor::x", "MongoDB::Atlas::Cluster"],
    ...["aws", "aws_", "aws_quantum_leap", "acme_rocket", "", "constructor", "__proto__", "unknown"],
  ])("%j is unknown", (type) => {
    expect(serviceOfType(type)).toBe("unknown");
  });

  it("is one, because no table lists a type twice", () => {
    const types = SERVICES.flatMap(({ types }) => types);
    expect(types.filter((type, index) => types.indexOf(type) !== index)).toEqual([]);
  });
});

describe("The FOCUS category of a service", () => {
  const categoriesOf = (service: string) => [
    ...new Set(SERVICES.filter(({ name }) => name === service).map(({ category }) => category)),
  ];

  it.each([
    ["EC2", "Compute"],
    ["S3", "Storage"],
    ["RDS", "Databases"],
    ["VPC", "Networking"],
    ["CloudWatch", "Management and Governance"],
    ["Key Vault", "Security"],
    ["Azure SQL", "Databases"],
    ["BigQuery", "Databases"],
    ["Pub/Sub", "Integration"],
  ])("%s is %s", (service, category) => {
    expect(categoriesOf(service)).toEqual([category]);
  });

  it("is the same for services of two providers with one name", () => {
    const names = new Set(SERVICES.map(({ name }) => name));
    expect([...names].filter((name) => categoriesOf(name).length !== 1)).toEqual([]);
  });
});
