import { expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { nameInFile } from "../../src/import/project-name.ts";
import { infracostText, project } from "./infracost-input.ts";

test.each([
  ["/workspace/infra", "infra"],
  ["/workdir/infra", "infra"],
  ["/repository/infra", "infra"],
  ["/infracost/live", "live"],
  ["/infrared/live", "infrared/live"],
  ["/Users/runner/work/shop/shop/infra", "infra"],
  ["/Users/runner/work/1/s/infra", "infra"],
  ["/home/gitlab-runner/builds/abc/0/acme/shop/infra", "infra"],
  ["/home/travis/build/acme/shop/infra", "infra"],
  ["/woodpecker/src/github.com/acme/shop/infra", "infra"],
  ["/drone/src/infra", "infra"],
  ["/codebuild/output/src123/src/github.com/acme/shop/infra", "infra"],
  ["/codebuild/output/src123/src/infra", "infra"],
  ["C:\\projects\\shop\\infra", "infra"],
  ["D:\\a\\shop\\shop\\infra", "infra"],
  ["D:\\infra", "infra"],
  ["/infra", undefined],
  ["/home/ann/shop", "home/ann/shop"],
])("The name of %s is %s: the folder of the machine is not a part of it", (path, name) => {
  expect(nameInFile(path)).toBe(name);
});

test.each([
  ["/builds/acme/sub/shop", "/builds/acme/sub/shop/infra", "infra"],
  ["/builds/acme/sub/shop/", "/builds/acme/sub/shop", undefined],
  ["C:\\GitLab\\acme\\shop", "C:\\GitLab\\acme\\shop\\infra", "infra"],
  ["/srv/shop", "/srv/shopping/infra", "srv/shopping/infra"],
])("In the clone %s, the name of %s is %s", (checkout, name, expected) => {
  const [job] = importEstimates(infracostText([project({ name })]), { checkout });
  expect(job?.project).toBe(expected);
});
