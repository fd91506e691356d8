import { type Command, InvalidArgumentError, Option } from "commander";
import type { ApiToken } from "../access/tokens.sql.ts";
import { SCOPES, type Scope } from "../access/viewer.ts";
import { describeToken } from "./describe-token.ts";

interface CreateOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly project?: readonly string[];
  readonly user?: string;
  readonly expires?: Date;
}

const EXPLANATION = `
Works on the database itself, as the owner of its tables (OWNER_DATABASE_URL, DATABASE_URL, or the embedded one), not
through a server. A running server takes a new token at once, and a revoked one for 5 seconds at the most.`;

/** `token create|list|revoke`: who may use the server. */
export function addTokenCommand(program: Command): void {
  const token = program.command("token").description("make, list and revoke the tokens that let clients in");
  token
    .command("create")
    .description("make a token; it is printed once, and only its hash is kept")
    .requiredOption("--name <name>", "what it is for; names the client in logs", parseName)
    .addOption(
      new Option("--scope <scope>", "each includes the one before").choices(SCOPES).makeOptionMandatory(),
    )
    .option(
      "--project <project>",
      'sees and stores jobs of this project only; can be repeated; "acme/shop/*" is every project below acme/shop',
      addProject,
    )
    .option("--user <id>", "whose token it is: what it stores is stored by this user", parseName)
    .option("--expires <time>", "90d, 12h, or a date such as 2027-01-31; left out: never", parseExpiry)
    .addHelpText("after", EXPLANATION)
    .action(create);
  token
    .command("list")
    .description("list the tokens, and when each was last used")
    .option("--all", "with those that are revoked")
    .option("--json", "print them as JSON")
    .addHelpText("after", EXPLANATION)
    .action(list);
  token
    .command("revoke")
    .description("make a token useless for good")
    .argument("<token>", "its name or id")
    .addHelpText("after", EXPLANATION)
    .action(async (nameOrId: string) => {
      print(`revoked  ${describeToken(await (await loadTokens()).revoke(nameOrId))}`);
    });
}

async function create({ project, user, expires, ...wish }: CreateOptions): Promise<void> {
  const tokens = await loadTokens();
  const text = await tokens.create({
    ...wish,
    projects: project ?? null,
    userId: user ?? null,
    expiresAt: expires ?? null,
  });
  process.stderr.write(
    "This token is shown once. Keep it as a secret, and give it to clients as RESULTS_STORAGE_TOKEN:\n",
  );
  print(text);
}

async function list({
  all = false,
  json,
}: {
  readonly all?: boolean;
  readonly json?: boolean;
}): Promise<void> {
  const tokens: readonly ApiToken[] = await (await loadTokens()).list(all);
  if (json) return print(JSON.stringify(tokens, null, 2));
  print(tokens.length === 0 ? "There are no tokens." : tokens.map(describeToken).join("\n"));
}

/** Only when it is needed: loading the ORM takes longer than all that a push has to do. */
function loadTokens() {
  return import("./tokens.ts");
}

function parseName(text: string): string {
  if (text.trim() === "" || text.length > 255 || /\p{Cc}/u.test(text)) {
    throw new InvalidArgumentError(
      "It must be a text of at most 255 characters, without control characters.",
    );
  }
  return text;
}

function addProject(text: string, projects: readonly string[] = []): readonly string[] {
  if (text === "" || text === "/*" || text === "*") {
    throw new InvalidArgumentError("It must be a project; leave the option out for all projects.");
  }
  return [...projects, text];
}

const HOUR_MS = 3_600_000;

function parseExpiry(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  const length = Number(count) * (unit === "d" ? 24 * HOUR_MS : HOUR_MS);
  const moment = count === undefined ? new Date(text) : new Date(Date.now() + length);
  const isDate = count !== undefined || /^\d{4}-\d\d-\d\d(?:T\S+(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  if (!isDate || !(moment.getTime() > Date.now())) {
    throw new InvalidArgumentError(
      "It must be days (90d), hours (12h), or a date in the future (2027-01-31).",
    );
  }
  return moment;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
