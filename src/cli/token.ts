import { type Command, InvalidArgumentError, Option } from "commander";
import type { ApiToken } from "../access/tokens.sql.ts";
import { SCOPES, type Scope } from "../access/viewer.ts";
import { UsageError } from "./exit-codes.ts";

/** `token create|list|revoke`: manages the access tokens of clients. */
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
    .addHelpText("after", HELP)
    .action(create);
  token
    .command("list")
    .description("list the tokens, and when each was last used")
    .option("--all", "with those that are revoked")
    .option("--json", "print them as JSON")
    .addHelpText("after", HELP)
    .action(list);
  token
    .command("revoke")
    .description("make a token useless for good")
    .argument("<token>", "its name or id")
    .addHelpText("after", HELP)
    .action(revoke);
}

const HELP = `
Works on the database itself, as the owner of its tables (OWNER_DATABASE_URL, DATABASE_URL, or the embedded one), not
through a server. A running server takes a new token at once, and a revoked one for 5 seconds at the most.`;

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
  const duration = Number(count) * (unit === "d" ? 24 * HOUR_MS : HOUR_MS);
  const expiry = count === undefined ? new Date(text) : new Date(Date.now() + duration);
  const isDate = count !== undefined || /^\d{4}-\d\d-\d\d(?:T\S+(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  if (!isDate || !(expiry.getTime() > Date.now())) {
    throw new InvalidArgumentError(
      "It must be days (90d), hours (12h), or a date in the future (2027-01-31).",
    );
  }
  return expiry;
}

interface CreateOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly project?: readonly string[];
  readonly user?: string;
  readonly expires?: Date;
}

async function create({ name, scope, project, user, expires }: CreateOptions): Promise<void> {
  const { withTables } = await import("./with-database.ts");
  const { createToken } = await import("../access/tokens.ts");
  const token = {
    name,
    scope,
    projects: project ?? null,
    userId: user ?? null,
    expiresAt: expires ?? null,
  };
  // The role of the server may not write tokens.
  const text = await withTables(undefined, (openSession) => createToken(openSession(), token));
  if (text === undefined) {
    throw new UsageError(`There is a token "${name}" already. Revoke that one first, or take another name.`);
  }
  process.stderr.write(
    "This token is shown once. Keep it as a secret, and give it to clients as RESULTS_STORAGE_TOKEN:\n",
  );
  print(text);
}

interface ListOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

async function list({ all = false, json }: ListOptions): Promise<void> {
  const { withTables } = await import("./with-database.ts");
  const { listTokens } = await import("../access/tokens.sql.ts");
  const tokens = await withTables(undefined, (openSession) => listTokens(openSession(), all));
  if (json) return print(JSON.stringify(tokens, null, 2));
  print(tokens.length === 0 ? "There are no tokens." : tokens.map(describeToken).join("\n"));
}

async function revoke(nameOrId: string): Promise<void> {
  const { withTables } = await import("./with-database.ts");
  const { revokeToken } = await import("../access/tokens.sql.ts");
  const { durableTransaction } = await import("../database/durability.ts");
  // A token that is revoked already is revoked again: the result of the first COMMIT may be unknown.
  const token = await withTables(undefined, (openSession) =>
    durableTransaction(openSession(), (tx) => revokeToken(tx, nameOrId)),
  );
  if (token === undefined) {
    throw new UsageError(
      `There is no token "${nameOrId}" that could be revoked; "token list" shows them all.`,
    );
  }
  print(`revoked  ${describeToken(token)}`);
}

/** A token as one line of text. */
function describeToken(token: ApiToken): string {
  const { id, name, scope, projects, userId, createdAt, expiresAt, revokedAt, lastUsedAt } = token;
  return [
    id,
    name,
    scope,
    projects === null ? "all projects" : `projects ${projects.join(", ")}`,
    ...(userId === null ? [] : [`user ${userId}`]),
    `created ${dayOf(createdAt)}`,
    ...(expiresAt === null
      ? []
      : [`${expiresAt.getTime() <= Date.now() ? "expired" : "expires"} ${expiresAt.toISOString()}`]),
    ...(revokedAt === null ? [] : [`revoked ${dayOf(revokedAt)}`]),
    lastUsedAt === null ? "never used" : `last used ${lastUsedAt.toISOString()}`,
  ].join("  ");
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
