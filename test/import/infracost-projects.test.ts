import { expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { infracostText, project, resource } from "./infracost-input.ts";
import { importOne, infracostSample, warningMessage } from "./samples.ts";

function projectNames(projects: readonly unknown[]): unknown[] {
  return importEstimates(infracostText(projects)).map((job) => job.project);
}

test("the name of a project consists of its name, module path and workspace", () => {
  const names = importEstimates(infracostSample("ic-22")).map((job) => job.project);
  expect(names).toEqual([
    "my first project",
    "my first project again",
    "my terragrunt dev project",
    "my terragrunt multi project/dev",
    "my terragrunt multi project/prod",
    "my terragrunt prod project",
    "my terragrunt workspace/dev#ws2",
    "my terragrunt workspace/prod#ws2",
    "my workspace project#ws1",
  ]);
});

test("the default workspace is not part of the name", () => {
  expect(projectNames([project({ metadata: { terraformWorkspace: "default" } })])).toEqual(["shop"]);
});

test("projects with equal names are numbered", () => {
  expect(projectNames([project(), project({ name: "shop (2)" }), project()])).toEqual([
    "shop",
    "shop (2)",
    "shop (3)",
  ]);
});

test("a project without a name stays without a name", () => {
  expect(projectNames([project({ name: "" }), project()])).toEqual([undefined, "shop"]);
});

test.each(["ic-22", "ic-23", "ic-24"])(
  "merging the projects of %s keeps equal addresses apart",
  (beginning) => {
    const { byResource } = importOne(infracostSample(beginning), { merge: true }).estimate;
    const addresses = byResource.map(({ resourceId }) => resourceId);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses[0]).toMatch(/^my first project.*:aws_instance\.web_app$/);
  },
);

test("several merged projects have no common name", () => {
  expect(importOne(infracostSample("ic-22"), { merge: true }).project).toBeUndefined();
});

test("merging a single project changes nothing", () => {
  const text = infracostSample("ic-27");
  expect(importEstimates(text, { merge: true })).toEqual(importEstimates(text));
});

test("names in any script are kept", () => {
  const text = infracostText([
    project({
      name: "магазин",
      breakdown: { resources: [resource({ name: 'aws_instance.web["größe→"]' })] },
    }),
  ]);
  const job = importOne(text);
  expect([job.project, job.estimate.byResource[0]?.resourceId]).toEqual([
    "магазин",
    'aws_instance.web["größe→"]',
  ]);
});

test("a project that failed is stored with a warning that its total is partial", () => {
  const [failed] = importEstimates(infracostSample("ic-07"));
  expect(failed?.estimate.totalMonthlyCost).toBe("0");
  expect(failed && warningMessage(failed, "PROJECT_ERROR")).toMatch(
    /us1-dev.* the total is partial: Error loading/,
  );
});

test("the colours and line breaks of an error are removed", () => {
  const message = warningMessage(importOne(infracostSample("ic-18")), "PROJECT_ERROR");
  expect(message).toMatch(/for '\.' Try adding .* See https:\/\/infracost\.io\/config-file for details/);
});

test("a failed project without a breakdown has a known cost of 0", () => {
  const failed = project({ breakdown: null, metadata: { errors: [{ message: "no credentials" }] } });
  const [, job] = importEstimates(infracostText([project(), failed]));
  expect(job?.estimate.warnings?.map(({ code }) => code)).toEqual(["TOTAL_ASSUMED", "PROJECT_ERROR"]);
});

test("a warning of Infracost is kept, with the names it is about", () => {
  expect(warningMessage(importOne(infracostSample("ic-06")), "PROJECT_WARNING")).toMatch(
    /Missing Terraform vars \(variable\.not_provided\)$/,
  );
});

test("a project named after the current folder has no name", () => {
  expect(projectNames([project({ name: "." })])).toEqual([undefined]);
  expect(projectNames([project({ name: ".", metadata: { terraformModulePath: "infra" } })])).toEqual([
    "infra",
  ]);
});

test.each([
  ["acme/shop/live\\network", "acme/shop/live/network"],
  ["acme//shop/", "acme/shop"],
  ["./infra", "infra"],
  ["/tmp/x/tf_plan.json", "tmp/x/tf_plan.json"],
  ["C:\\shop\\infra", "shop/infra"],
  ["/", undefined],
])("the name %j is %j: its parts are separated by / and not empty", (name, expected) => {
  expect(projectNames([project({ name })])).toEqual([expected]);
});

test("a path of Windows and of Linux is one name", () => {
  const names = ["live\\network", "live/network"].map(
    (path) => projectNames([project({ metadata: { terraformModulePath: path } })])[0],
  );
  expect(names).toEqual(["shop/live/network", "shop/live/network"]);
});

test.each([
  "/work",
  "/src/",
  "/github/workspace",
  "/tf",
  "/data",
  "/usr/src/app",
  "/__w/shop/shop",
  "/home/runner/work/shop/shop",
  "/builds/acme/shop",
  "/builds/2a3b/0/acme/shop",
  "/opt/atlassian/pipelines/agent/build",
  "/var/jenkins_home/workspace/shop",
  "/codebuild/output/src123/src",
  "/home/atlantis/.atlantis/repos/acme/shop/7/default",
  "/home/vsts/work/1/s",
  "D:\\a\\1\\s",
])("the mount point %j is not part of a name", (name) => {
  expect(projectNames([project({ name })])).toEqual([undefined]);
  expect(projectNames([project({ name: `${name}/infra` })])).toEqual(["infra"]);
  expect(projectNames([project({ name, metadata: { terraformModulePath: "infra" } })])).toEqual(["infra"]);
});

test.each(["work", "acme/src", "/workload/infra"])("the name %j has no mount point", (name) => {
  expect(projectNames([project({ name })])).toEqual([name.replace(/^\//, "")]);
});
