/** The embedded PostgreSQL cannot be had. The message says why, and what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
  }
}

/** Another server process works with this data folder. */
export class DataDirInUse extends EmbeddedPostgresError {
  readonly dataDir: string;
  /** The process that has it, as far as it can be told. */
  readonly holder: number | undefined;

  constructor(dataDir: string, holder: number | undefined) {
    const who = holder === undefined ? "another server process" : `another server process (pid ${holder})`;
    super(`${dataDir} is in use by ${who}. Stop that one first, or choose another data folder.`);
    this.name = "DataDirInUse";
    this.dataDir = dataDir;
    this.holder = holder;
  }
}

/** What an unforeseen failure says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code that Node or PostgreSQL gave to a failure, such as `ENOENT` or `57P03`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
