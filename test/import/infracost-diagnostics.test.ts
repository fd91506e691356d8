import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importEstimates } from "../../src/import/import-estimates.ts";
import { infracostText, project, resource } from "./infracost-input.ts";
import { importOne, warningCodes, warningMessage } from "./samples.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The text of a scan of Infracost 2 with one project. */
function scanText(ofProject: Fields = {}, ofFile: Fields = {}): string {
  const scanned = { project_name: "web", path: "web", resources: [], ...ofProject };
  return JSON.stringify({ currency: "EUR", projects: [scanned], ...ofFile });
}

const scanResource = { name: "aws_eip.a", type: "aws_eip", is_free: true };

/** Every place of errors, in both formats. */
const PLACES: readonly [string, (fields: Fields) => string][] = [
  ["the root", (fields) => infracostText([project()], fields)],
  ["the metadata of the file", (metadata) => infracostText([project()], { metadata })],
  ["a project", (fields) => infracostText([project(fields)])],
  ["the metadata of a project", (metadata) => infracostText([project({ metadata })])],
  ["a project without a breakdown", (fields) => infracostText([project({ ...fields, breakdown: null })])],
  ["a resource", (fields) => infracostText([project({ breakdown: { resources: [resource(fields)] } })])],
  ["the root of a scan", (fields) => scanText({}, fields)],
  ["the metadata of a scan", (metadata) => scanText({}, { metadata })],
  ["a project of a scan", (fields) => scanText(fields)],
  ["the metadata of a project of a scan", (metadata) => scanText({ metadata })],
  ["a resource of a scan", (fields) => scanText({ resources: [{ ...scanResource, ...fields }] })],
  ["the metadata of a resource", (metadata) => scanText({ resources: [{ ...scanResource, metadata }] })],
  ["a scanned project with errors only", (fields) => scanText({ ...fields, resources: undefined })],
];

const diagnostic = { message: "quota", severity: "critical" };

describe.each(PLACES)("an error in %s makes the job incomplete", (_, text) => {
  test.each<[Fields]>([
    [{ error: "quota" }],
    [{ error: { message: "quota" } }],
    [{ errors: "quota" }],
    [{ errors: ["quota"] }],
    [{ errors: { message: "quota" } }],
    [{ errors: [{ code: 401, message: "quota" }] }],
    [{ errors: [{ error: { message: "quota" } }] }],
    [{ errors: [{ code: "quota", warnings: ["w"] }] }],
    [{ error_message: "quota" }],
    [{ failure: "quota" }],
    [{ diagnostics: [diagnostic] }],
    [{ diagnostics: diagnostic }],
    [{ diagnostics: { critical: [{ message: "quota" }] } }],
    [{ diags: [{ msg: "quota", level: "error" }] }],
    [{ warnings: [{ message: "quota", isError: true }] }],
  ])("%j", (fields) => {
    const job = importOne(text(fields));
    expect(job.estimate.isComplete).toBe(false);
    expect(warningMessage(job, "PROJECT_ERROR")).toContain("quota");
    expect(warningCodes(job)).not.toContain("FIELDS_IGNORED");
  });

  test("without any reason", () => {
    for (const errors of [[null], [5], [{}], true, 3]) {
      expect(importOne(text({ errors })).estimate.isComplete).toBe(false);
    }
  });
});

const STATES = PLACES.filter(([name]) => !name.includes("resource"));

describe.each(STATES)("the state of a failed run in %s makes the job incomplete", (_, text) => {
  test.each<[Fields]>([
    [{ type: "error" }],
    [{ status: "FAILED" }],
    [{ failed: true }],
    [{ is_partial: "true" }],
    [{ success: false }],
    [{ exit_code: 1 }],
  ])("%j", (fields) => {
    expect(importOne(text(fields)).estimate.isComplete).toBe(false);
  });
});

test.each(PLACES.filter(([name]) => !name.includes("without")))(
  "no error in %s leaves it complete",
  (_, text) => {
    for (const none of [null, "", [], {}, false, 0, "none"]) {
      const fields = { error: none, errors: none, diagnostics: none, warnings: none, failed: none };
      expect(importOne(text(fields)).estimate.isComplete).toBe(true);
    }
    const info = [{ message: "m", severity: "info" }];
    const job = importOne(text({ diagnostics: info, success: true, status: "ok", exitCode: 0 }));
    expect(job.estimate.isComplete).toBe(true);
    expect(warningCodes(job)).toContain("PROJECT_WARNING");
  },
);

describe("The severity of a diagnostic", () => {
  const isComplete = (fields: Fields) =>
    importOne(scanText({ diagnostics: [{ message: "m", ...fields }] })).estimate.isComplete;

  test.each(["critical", "Critical ", "SEVERITY_CRITICAL", "fatalError", "error", "Failure"])(
    "%j is an error, whatever the field",
    (severity) => {
      for (const key of ["severity", "level", "kind", "type"])
        expect(isComplete({ [key]: severity })).toBe(false);
    },
  );

  test.each(["warning", "SEVERITY_WARNING", "Info", "non-critical", "notice", "", null])(
    "%j is none",
    (severity) => {
      for (const key of ["severity", "level", "kind", "type"])
        expect(isComplete({ [key]: severity })).toBe(true);
    },
  );

  test("that is unknown is that of an error", () => {
    expect([isComplete({ severity: 3 }), isComplete({ severity: "S1" })]).toEqual([false, false]);
    expect(isComplete({ kind: "missing_file" })).toBe(true);
  });

  test("may be the beginning of the message", () => {
    expect([isComplete({ message: "Error: no module" }), isComplete({})]).toEqual([false, true]);
    expect(importOne(scanText({ diagnostics: ["Error: no module"] })).estimate.isComplete).toBe(false);
  });
});

test("the error of a resource has its name", () => {
  const text = scanText({ resources: [{ ...scanResource, errors: ["quota"] }] });
  expect(warningMessage(importOne(text), "PROJECT_ERROR")).toContain("aws_eip.a: quota");
});

test("an error of one project leaves the other projects complete", () => {
  const failed = project({ name: "b", error: "quota" });
  const jobs = importEstimates(infracostText([project(), failed]));
  expect(jobs.map(({ estimate }) => estimate.isComplete)).toEqual([true, false]);
});

test("other metadata that looks like an error is named", () => {
  const metadata = { lastErrorTime: "10:00", continueOnError: true, stage: "failed", errorDocument: "" };
  expect(warningMessage(importOne(infracostText([project({ metadata })])), "FIELDS_IGNORED")).toContain(
    ": projects[].metadata.lastErrorTime, projects[].metadata.continueOnError, projects[].metadata.stage",
  );
  expect(warningMessage(importOne(scanText({}, { metadata })), "FIELDS_IGNORED")).toContain(
    ": metadata.lastErrorTime, metadata.continueOnError, metadata.stage",
  );
});

test.each([
  { currency: "USD", projects: [], error: "quota used up" },
  {
    version: "0.2",
    totalMonthlyCost: null,
    projects: [],
    metadata: { errors: [{ message: "quota used up" }] },
  },
  { projects: null, errors: ["quota used up"] },
])("%j, which has no projects, is refused with its error", (file) => {
  expect(() => importEstimates(JSON.stringify(file))).toThrow(
    /nothing to store.*quota used up.*Give the output/,
  );
});

test("errors of any shape are no reason to refuse a file, and always stored", () => {
  const place = fc.constantFrom(...PLACES.map(([, text]) => text));
  fc.assert(
    fc.property(place, fc.jsonValue({ maxDepth: 3 }), (text, reason) => {
      const job = importOne(text({ errors: [reason, "quota"] }));
      expect(job.estimate.isComplete).toBe(false);
    }),
  );
});
