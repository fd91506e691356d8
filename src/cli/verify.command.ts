import { type Command, InvalidArgumentError, Option } from "commander";
import { AGE_RULE, parseAge } from "../retention/retention-rule.ts";

/** What `verify` is called with. */
export interface VerifyOptions {
  readonly from?: string;
  readonly to?: string;
  readonly checkpoint?: string;
  readonly publicKey?: string;
  readonly maxAge: number;
  readonly json?: boolean;
}

/** Checkpoints are made daily; a week bears a long weekend. In days. */
const USUAL_MAX_AGE = 7;

/** `verify`: compares what is stored with what was sealed. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("compare what is stored with the chain of seals, and that with a checkpoint")
    .option(
      "--from <time>",
      "compare the contents of jobs stored from this moment on; the chain is checked as a whole",
    )
    .option("--to <time>", "and before this moment")
    .option("--checkpoint <file>", "a checkpoint that was kept elsewhere")
    .addOption(
      new Option("--public-key <file>", "the public Ed25519 key of whoever signs checkpoints, as PEM").env(
        "CHECKPOINT_PUBLIC_KEY_FILE",
      ),
    )
    .addOption(
      new Option(
        "--max-age <age>",
        "how old the checkpoint may be, such as 2d: an older one may have been put in a newer one's place",
      )
        .argParser(readAge)
        .default(USUAL_MAX_AGE, `${USUAL_MAX_AGE}d`),
    )
    .option("--json", "print what was found as JSON")
    .addHelpText("after", EXPLANATION)
    .action(async (options: VerifyOptions) => {
      // Only when it is needed: loading the ORM takes longer than all that a push has to do.
      const { verify } = await import("./verify.ts");
      await verify(options);
    });
}

const EXPLANATION = `
Without a checkpoint, whoever can write the whole chain anew is not found out.
Works on the database of OWNER_DATABASE_URL or DATABASE_URL, else on the embedded one, beside a server that runs.
Exit codes: 0 everything fits, 1 something does not, 2 usage, 3 it could not be checked.`;

function readAge(text: string): number {
  const days = parseAge(text);
  if (days === undefined) throw new InvalidArgumentError(`It ${AGE_RULE}.`);
  return days;
}
