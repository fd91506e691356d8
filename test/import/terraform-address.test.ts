import { expect, test } from "vitest";
import { parseAddress } from "../../src/import/terraform-plan.ts";

test.each([
  ["aws_instance.web", "aws_instance", "", "aws_instance.web"],
  ["aws_instance.web[0]", "aws_instance", "", "aws_instance.web"],
  ['aws_instance.web["test.1"]', "aws_instance", "", "aws_instance.web"],
  ['aws_instance.web["a]\\"b."]', "aws_instance", "", "aws_instance.web"],
  ["data.aws_ami.linux", "aws_ami", "", "data.aws_ami.linux"],
  [
    'module.db["eu.west"].module.this[0].aws_db_instance.main[0]',
    "aws_db_instance",
    "module.db.module.this",
    "module.db.module.this.aws_db_instance.main",
  ],
])("%s is of type %s", (address, type, module, configuration) => {
  expect(parseAddress(address)).toEqual({ type, module, configuration });
});

test.each([
  "",
  ".",
  "web",
  "module.db",
  "a.b.c",
  "aws_instance.web[",
  'aws_instance.web["]',
  "aws_instance..web",
])("%j is not an address", (address) => {
  expect(parseAddress(address)).toBeUndefined();
});
