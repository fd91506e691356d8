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

/** A command that works on stored jobs was given a data folder without any. */
export class NoData extends EmbeddedPostgresError {
  constructor(dataDir: string) {
    super(
      `There is no data in ${dataDir}. Set DATA_DIR to the data folder of the server, or DATABASE_URL to its database.`,
    );
    this.name = "NoData";
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
