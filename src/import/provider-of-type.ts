/** The ProviderName in the FOCUS data of the three large providers, by the first word of their resource types. */
export const PROVIDERS: Readonly<Record<string, string>> = {
  aws: "AWS",
  awscc: "AWS",
  azurerm: "Microsoft",
  azuread: "Microsoft",
  azapi: "Microsoft",
  google: "Google Cloud",
};

/**
 * The first word of a type, in any case: `aws_instance`, `AWS::EC2::Instance`, `aws-cdk-lib.aws_ec2.Instance`. The text
 * is a regular expression of JavaScript and of PostgreSQL.
 */
export const FIRST_WORD = "^(?:@aws-cdk/)?([A-Za-z0-9]+)(?:$|[_:.-])";

const firstWord = new RegExp(FIRST_WORD);

/** The provider of a type of Terraform, CloudFormation or CDK; null: unknown. */
export function providerOfType(resourceType: string): string | null {
  const word = firstWord.exec(resourceType)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(PROVIDERS, word) ? (PROVIDERS[word] ?? null) : null;
}
