import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { PresentedCheckpoint } from "../integrity/checkpoint.ts";
import type { Verification, VerifyRequest } from "../integrity/verify.ts";
import { ConfigError, errorMessage } from "../lib/errors.ts";
import { pluralize } from "../lib/text.ts";
import { EXIT_CODES, NotVerified, UsageError } from "./exit-codes.ts";
import { parseAgeOption } from "./purge.ts";
import { readPublicKey } from "./signing-key.ts";

interface VerifyOptions {
  readonly from?: string;
  readonly to?: string;
  readonly checkpoint?: string;
  readonly publicKey?: string;
  readonly maxAge: number;
  readonly json?: boolean;
}

/** In days: checkpoints are made daily, and a week allows for a long weekend. */
const DEFAULT_MAX_AGE = 7;

/** `verify`: compares the stored data with the chain of seals. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("compare the stored data with the chain of seals, and the chain with a checkpoint")
    .option("--from <time>", "compare jobs stored at or after this time; the whole chain is always checked")
    .option("--to <time>", "compare jobs stored before this time")
    .option("--checkpoint <file>", "a checkpoint from outside the database")
    .addOption(
      new Option("--public-key <file>", "the public Ed25519 key of the checkpoint's signature, as PEM").env(
        "CHECKPOINT_PUBLIC_KEY_FILE",
      ),
    )
    .addOption(
      new Option(
        "--max-age <age>",
        "the maximum age of the checkpoint, such as 2d: an older one may hide later changes",
      )
        .argParser(parseAgeOption)
        .default(DEFAULT_MAX_AGE, `${DEFAULT_MAX_AGE}d`),
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP)
    .action(verify);
}

const HELP = `
Without a checkpoint, a complete replacement of the chain is not detected.
Uses the database of OWNER_DATABASE_URL or DATABASE_URL, or the embedded one; the server may be running.
Exit codes: 0 no problem, 1 problems found, 2 usage, 3 not verified.`;

async function verify(options: VerifyOptions): Promise<void> {
  const range = {
    from: await parseTime("--from", options.from),
    to: await parseTime("--to", options.to),
  };
  const found = await verifyStored({ range, checkpoint: await readPresentedCheckpoint(options) });
  process.stdout.write(options.json ? jsonOf(found) : describeVerification(found));
  process.exitCode = found.problemCount === 0 ? EXIT_CODES.done : EXIT_CODES.refused;
}

async function parseTime(option: string, text: string | undefined): Promise<Date | undefined> {
  if (text === undefined) return undefined;
  const { DATE_TIME_RULE, parseDateTime } = await import("../lib/date-time.ts");
  const time = parseDateTime(text);
  if (time === undefined) throw new UsageError(`${option} ${DATE_TIME_RULE}`);
  return time;
}

const DAY_MS = 86_400_000;

async function readPresentedCheckpoint({
  checkpoint,
  publicKey,
  maxAge,
}: VerifyOptions): Promise<PresentedCheckpoint | undefined> {
  if (checkpoint === undefined) return undefined;
  if (publicKey === undefined) {
    throw new UsageError(
      "--checkpoint needs --public-key (or CHECKPOINT_PUBLIC_KEY_FILE) to check the signature",
    );
  }
  const text = await readFile(checkpoint, "utf8").catch((error: unknown) => {
    throw new UsageError(`${checkpoint} cannot be read: ${errorMessage(error)}`);
  });
  const { readCheckpoint } = await import("../integrity/checkpoint.ts");
  const signed = readCheckpoint(text);
  if (signed === undefined) throw new UsageError(`${checkpoint} is not a checkpoint of a known version.`);
  return { signed, publicKey: await readPublicKey(publicKey), maxAge: maxAge * DAY_MS };
}

/** A failure has a separate exit code: it proves neither a match nor a difference. */
async function verifyStored(request: VerifyRequest): Promise<Verification> {
  const { withTables } = await import("./with-database.ts");
  const { verify: verifyChain } = await import("../integrity/verify.ts");
  const { DatabaseUnusable } = await import("../database/startup-checks.ts");
  try {
    return await withTables("results_storage_server", (openSession, poolSize) =>
      verifyChain(openSession, poolSize, request),
    );
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // DatabaseUnusable says what to do; the driver's error, its cause, does not.
    const reason = error instanceof DatabaseUnusable ? error.message : errorMessage(error);
    throw new NotVerified(`Nothing was verified: ${reason}`, { cause: error });
  }
}

function jsonOf(found: Verification): string {
  return `${JSON.stringify({ ok: found.problemCount === 0, ...found })}\n`;
}

/** The text output: the problems in the order of the chain, then the counts. */
export function describeVerification(found: Verification): string {
  const more = found.problemCount - found.problems.length;
  const compared = `${pluralize(found.jobs, "job")} with ${pluralize(found.resources, "resource")} compared`;
  const checked = `${pluralize(found.entries, "entry", "entries")} of the chain checked`;
  const lines = [
    found.problemCount === 0
      ? "OK: the stored data matches the seals."
      : `${pluralize(found.problemCount, "problem")}:`,
    ...found.problems.map(({ code, message }) => `  ${code}  ${message}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `${compared}, ${found.purged} purged, ${found.unsealed} not yet sealed; ${checked}.`,
  ];
  return `${lines.join("\n")}\n`;
}
