import { type Command, InvalidArgumentError, Option } from "commander";
import type { ApiToken } from "../access/tokens.sql.ts";
import { SCOPES, type Scope } from "../access/viewer.ts";
import { parseDuration } from "../lib/date-time.ts";
import { UsageError } from "./exit-codes.ts";

/** `token create|list|revoke`: manages the access tokens of clients. */
export function addTokenCommand(program: Command): void {
  const token = program.command("token").description("create, list and revoke access tokens");
  token
    .command("create")
    .description("create a token; it is printed once, and only its hash is stored")
    .requiredOption("--name <name>", "the name of the client, as in logs", parseName)
    .addOption(
      new Option("--scope <scope>", "each scope includes the previous one")
        .choices(SCOPES)
        .makeOptionMandatory(),
    )
    .option(
      "--project <project>",
      'restrict the token to this project; can be repeated; "acme/shop/*" is every project below acme/shop',
      addProject,
    )
    .option("--user <id>", "the owner of the token: jobs stored with it have this user", parseName)
    .option("--expires <time>", "12w, 90d, 12h, or a date such as 2027-01-31; default: never", parseExpiry)
    .addHelpText("after", HELP)
    .action(create);
  token
    .command("list")
    .description("list the tokens with the time of their last use")
    .option("--all", "include revoked tokens")
    .option("--json", "print the tokens as JSON")
    .addHelpText("after", HELP)
    .action(list);
  token
    .command("revoke")
    .description("revoke a token permanently")
    .argument("<token>", "the name or id")
    .addHelpText("after", HELP)
    .action(revoke);
}

const HELP = `
Uses the database directly, as the owner of its tables (OWNER_DATABASE_URL, DATABASE_URL, or the embedded one). A
running server accepts a new token at once, and a revoked one for at most 5 seconds.`;

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
    throw new InvalidArgumentError("It must be a project; omit the option for all projects.");
  }
  return [...projects, text];
}

const HOUR_MS = 3_600_000;

function parseExpiry(text: string): Date {
  const hours = parseDuration(text);
  const expiry = hours === undefined ? new Date(text) : new Date(Date.now() + hours * HOUR_MS);
  const isDate = hours !== undefined || /^\d{4}-\d\d-\d\d(?:T\S+(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  if (!isDate || !(expiry.getTime() > Date.now())) {
    throw new InvalidArgumentError(
      "It must be weeks (12w), days (90d), hours (12h), or a date in the future (2027-01-31).",
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
    throw new UsageError(`There is a token "${name}" already. Revoke it first, or choose another name.`);
  }
  process.stderr.write(
    "This token is shown once. Keep it secret; clients need it as RESULTS_STORAGE_TOKEN:\n",
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
    throw new UsageError(`There is no token "${nameOrId}" to revoke; "token list" shows all tokens.`);
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
