import { readFile } from "node:fs/promises";
import { ConfigError } from "../config.ts";
import { joinDatabase } from "../database/connect.ts";
import { Database } from "../database/database.ts";
import { DatabaseUnusable, requireMigrated } from "../database/startup-checks.ts";
import type { PresentedCheckpoint } from "../integrity/checkpoint.ts";
import { readCheckpoint } from "../integrity/checkpoint.ts";
import { type Verification, type VerifyRequest, verify as verifyStored } from "../integrity/verify.ts";
import { DATE_TIME_RULE, parseDateTime } from "../lib/date-time.ts";
import { errorMessage } from "../lib/errors.ts";
import { describeVerification, jsonOf } from "./describe-verification.ts";
import { EXIT_CODES, UsageError } from "./exit-codes.ts";
import { NotVerified } from "./not-verified.ts";
import { readPublicKey } from "./signing-key.ts";
import type { VerifyOptions } from "./verify.command.ts";
import { withDatabase } from "./with-database.ts";

const DAY = 86_400_000;

/** Verifies what the options say, prints what was found, and lets the process end with the code that stands for it. */
export async function verify(options: VerifyOptions): Promise<void> {
  const request = await requestOf(options);
  const found = await run(request);
  process.stdout.write(options.json ? jsonOf(found) : describeVerification(found));
  process.exitCode = found.problemCount === 0 ? EXIT_CODES.done : EXIT_CODES.refused;
}

async function requestOf(options: VerifyOptions): Promise<VerifyRequest> {
  const range = { from: momentOf("--from", options.from), to: momentOf("--to", options.to) };
  return { range, checkpoint: await checkpointOf(options) };
}

function momentOf(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = parseDateTime(text);
  if (moment === undefined) throw new UsageError(`${option} ${DATE_TIME_RULE}`);
  return moment;
}

async function checkpointOf({
  checkpoint,
  publicKey,
  maxAge,
}: VerifyOptions): Promise<PresentedCheckpoint | undefined> {
  if (checkpoint === undefined) return undefined;
  if (publicKey === undefined) {
    throw new UsageError(
      "--checkpoint needs --public-key (or CHECKPOINT_PUBLIC_KEY_FILE): without it, anybody could have signed it",
    );
  }
  const text = await readFile(checkpoint, "utf8").catch((error: unknown) => {
    throw new UsageError(`${checkpoint} cannot be read: ${errorMessage(error)}`);
  });
  const signed = readCheckpoint(text);
  if (signed === undefined) throw new UsageError(`${checkpoint} is no checkpoint that this version knows.`);
  return { signed, publicKey: await readPublicKey(publicKey), maxAge: maxAge * DAY };
}

/** What cannot be checked must not look like what does not fit, nor like what does. */
async function run(request: VerifyRequest): Promise<Verification> {
  const access = { open: joinDatabase, role: "results_storage_server" } as const;
  try {
    return await withDatabase(access, async (orm, poolSize) => {
      await requireMigrated(orm);
      return verifyStored(() => new Database(orm.em.fork()), poolSize, request);
    });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // Our own words say what to do; the driver's, which they wrap, do not.
    const reason = error instanceof DatabaseUnusable ? error.message : errorMessage(error);
    throw new NotVerified(`Nothing was verified: ${reason}`, { cause: error });
  }
}
