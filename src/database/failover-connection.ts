import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { Connection } from "pg";
import { errorMessage } from "../lib/errors.ts";
import {
  type ConnectionParameters,
  type DatabaseHost,
  hostText,
  type TargetSessionAttributes,
  type TlsParameters,
} from "./connection-string.ts";

declare module "pg" {
  // What pg's Client calls, and @types/pg leaves out.
  interface Connection {
    connect(port: number | string, host?: string): void;
    requestSsl(): void;
  }
}

/** Where a connection goes, and how. */
interface FailoverOptions extends Pick<ConnectionParameters, "hosts" | "tls" | "targetSessionAttributes"> {
  /** How long all attempts may take together, in milliseconds. */
  readonly connectMs: number;
}

/** One way to reach a host. */
interface Attempt {
  readonly host: DatabaseHost;
  readonly encrypted: boolean;
}

const SESSION_ATTRIBUTES = `/* connection.sessionAttributes */
  select current_setting('transaction_read_only') = 'off' as writable, pg_is_in_recovery() as standby`;

/** Whether a session that is writable, or on a standby, is what was asked for. */
const FITS: Readonly<Record<TargetSessionAttributes, (writable: boolean, standby: boolean) => boolean>> = {
  any: () => true,
  "read-write": (writable, standby) => writable && !standby,
  "read-only": (writable) => !writable,
  primary: (_writable, standby) => !standby,
  standby: (_writable, standby) => standby,
};

/** PostgreSQL's codes: no entry in pg_hba.conf (for this encryption), starting or stopping. */
const NOT_AUTHORIZED = "28000";
const CANNOT_CONNECT_NOW = "57P03";

/** pg-pool's timer and ours are set at nearly the same time. */
const MARGIN_MS = 50;

/** For so long a host that has not answered is tried after the others: each new connection would wait for it. */
const SILENT_MS = 60_000;

/** When hosts that did not answer are tried in their order again, by performance.now(). */
const silentUntil = new Map<string, number>();

/** No server of the list could be used. The next attempt may find one: a standby is promoted within seconds. */
class NoSuitableHost extends Error {
  override readonly name = "NoSuitableHost";
  /** SQLSTATE: the client is unable to establish the connection. */
  readonly code = "08001";
}

/** A server that is not what target_session_attrs asks for. */
class UnsuitableHost extends Error {}

/**
 * A connection that tries the hosts of a connection string in their order and takes the first that fits, as libpq
 * does: each new connection finds the primary after a failover. A host is left for the next one when it cannot be
 * reached, starts or stops, or is not what target_session_attrs asks for; not when it refuses the login or its
 * certificate is not trusted. sslmode has libpq's meaning too. pg's Client notices no more than that connecting takes
 * longer: it is told of the last attempt alone. Emits "host" with the host that is connected to.
 */
export class FailoverConnection extends Connection {
  readonly #options: FailoverOptions;
  readonly #attempts: Attempt[];
  readonly #failures: string[] = [];
  #attempt: Attempt | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deadline = 0;
  #state: "connecting" | "starting" | "checking" = "connecting";
  #session: readonly unknown[] = [];

  constructor(options: FailoverOptions, config: ConstructorParameters<typeof Connection>[0]) {
    super(config);
    this.#options = options;
    const silent = ({ host, port }: DatabaseHost) =>
      Number((silentUntil.get(`${host}:${port}`) ?? 0) > performance.now());
    const hosts = options.hosts.toSorted((one, other) => silent(one) - silent(other));
    this.#attempts = hosts.flatMap((host) => attemptsAt(host, options.tls.sslmode));
  }

  /** Gives up instead of trying further hosts. */
  stopTrying(): void {
    this.#attempts.length = 0;
  }

  override end(): void {
    this.stopTrying();
    super.end();
  }

  override connect(): void {
    this.#deadline = performance.now() + this.#options.connectMs - MARGIN_MS;
    this.#try();
  }

  /** pg's Client always asks for encryption; what it is told then does not depend on it. */
  override requestSsl(): void {
    if (this.#attempt?.encrypted) super.requestSsl();
    else this.emit("sslconnect");
  }

  // biome-ignore lint/suspicious/noExplicitAny: as EventEmitter has it.
  override emit(event: string | symbol, ...args: any[]): boolean {
    switch (event) {
      case "connect":
        this.#state = "starting";
        return super.emit(event, ...args);
      case "error":
      case "errorMessage":
        return this.#fail(event, args[0]);
      case "end":
        return this.#fail("error", new Error("Connection terminated unexpectedly"));
      case "dataRow":
        this.#session = args[0].fields;
        return true;
      case "rowDescription":
      case "commandComplete":
        return true;
      case "readyForQuery":
        return this.#ready(args[0]);
      default:
        return super.emit(event, ...args);
    }
  }

  #try(): void {
    const attempt = this.#attempts.shift();
    if (attempt === undefined) return;
    const { host, encrypted } = attempt;
    const isNewHost = host !== this.#attempt?.host;
    this.#attempt = attempt;
    this.#state = "connecting";
    this.#socket = new Socket();
    try {
      const ssl = encrypted && tlsOptions(this.#options.tls);
      Object.assign(this, { stream: this.#socket });
      // The log writes what is enumerable of a connection that broke; this holds the private key.
      Object.defineProperty(this, "ssl", { value: ssl, enumerable: false });
    } catch (error) {
      // pg's Client listens once connect() has returned.
      process.nextTick(() => this.#giveUp("error", error));
      return;
    }
    if (isNewHost) this.#limitTime(host);
    if (isSocketFolder(host)) super.connect(`${host.host}/.s.PGSQL.${host.port}`);
    else super.connect(host.port, host.host);
  }

  /** A host that does not answer may take its share of the time, so that there is some left for the others. */
  #limitTime(host: DatabaseHost): void {
    clearTimeout(this.#timer);
    const { hosts, connectMs } = this.#options;
    if (hosts.length === 1) return;
    this.#timer = setTimeout(() => {
      silentUntil.set(`${host.host}:${host.port}`, performance.now() + SILENT_MS);
      this.#fail("error", Object.assign(new Error("it does not answer"), { code: "ETIMEDOUT" }));
    }, connectMs / hosts.length).unref();
  }

  #ready(message: unknown): boolean {
    const wanted = this.#options.targetSessionAttributes;
    if (wanted !== "any") {
      if (this.#state !== "checking") {
        this.#state = "checking";
        this.query(SESSION_ATTRIBUTES);
        return true;
      }
      const [writable = false, standby = false] = this.#session.map((value) => String(value) === "t");
      if (!FITS[wanted](writable, standby)) {
        const found = standby ? "a standby" : writable ? "a writable primary" : "read-only";
        return this.#fail("error", new UnsuitableHost(`it is ${found}, not ${wanted}`));
      }
    }
    this.#finish();
    super.emit("host", this.#attempt?.host);
    return super.emit("readyForQuery", message);
  }

  #fail(event: "error" | "errorMessage", error: unknown): boolean {
    const host = this.#attempt?.host;
    const mayTryOtherWay =
      this.#state === "starting" &&
      (event === "errorMessage" ? codeOf(error) === NOT_AUTHORIZED : codeOf(error) !== "ETIMEDOUT");
    if (!mayTryOtherWay) {
      while (this.#attempts[0]?.host === host) this.#attempts.shift();
    }
    const next = performance.now() < this.#deadline ? this.#attempts[0] : undefined;
    if (next === undefined || (next.host !== host && !isUnreachable(error)))
      return this.#giveUp(event, error);
    if (host !== undefined && next.host !== host) this.#failures.push(failureAt(host, error));
    this.#discard();
    this.#try();
    return true;
  }

  /** Tells pg's Client of the failure: in the server's own words, or of each host if there are several. */
  #giveUp(event: "error" | "errorMessage", error: unknown): boolean {
    const host = this.#attempt?.host;
    this.#discard();
    this.#finish();
    if (
      host !== undefined &&
      (this.#failures.length > 0 ? isUnreachable(error) : error instanceof UnsuitableHost)
    ) {
      const failures = [...this.#failures, failureAt(host, error)].join(", ");
      super.emit("error", new NoSuitableHost(`no server of the list can be used: ${failures}`));
    } else {
      super.emit(event, error);
    }
    return super.emit("end");
  }

  /** From here on events go straight to pg's Client: there is one for each row. */
  #finish(): void {
    clearTimeout(this.#timer);
    this.emit = super.emit;
  }

  /** Lets go of a connection whose events are of no interest any more. */
  #discard(): void {
    for (const stream of [this.stream, this.#socket]) {
      stream?.removeAllListeners();
      stream?.on("error", () => undefined);
      stream?.destroy();
    }
  }
}

function failureAt(host: DatabaseHost, error: unknown): string {
  return `${hostText(host)} (${errorMessage(error)})`;
}

function attemptsAt(host: DatabaseHost, sslmode: TlsParameters["sslmode"]): Attempt[] {
  // TLS is not for Unix sockets: libpq ignores sslmode there.
  return (isSocketFolder(host) ? [false] : WAYS[sslmode]).map((encrypted) => ({ host, encrypted }));
}

/** Whether the first attempt at a host is encrypted, and the one after it. */
const WAYS: Readonly<Record<TlsParameters["sslmode"], readonly boolean[]>> = {
  disable: [false],
  allow: [false, true],
  prefer: [true, false],
  require: [true],
  "verify-ca": [true],
  "verify-full": [true],
};

function isSocketFolder({ host }: DatabaseHost): boolean {
  return host.startsWith("/");
}

/** Files are read for each connection, so that a renewed certificate needs no restart. */
function tlsOptions({ sslmode, sslrootcert, sslcert, sslkey }: TlsParameters): ConnectionOptions {
  return {
    ...(sslrootcert === "system" && {
      ca: [...getCACertificates("default"), ...getCACertificates("system")],
    }),
    ...(sslrootcert !== undefined && sslrootcert !== "system" && { ca: read("sslrootcert", sslrootcert) }),
    ...(sslcert !== undefined && { cert: read("sslcert", sslcert) }),
    ...(sslkey !== undefined && { key: read("sslkey", sslkey) }),
    // libpq verifies wherever a CA is given, and compares the name in verify-full alone.
    rejectUnauthorized: sslrootcert !== undefined || sslmode === "verify-full",
    ...(sslmode !== "verify-full" && { checkServerIdentity: () => undefined }),
  };
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`the file of ${name}, ${file}, cannot be read (${codeOf(error) ?? "unknown"})`);
  }
}

/** Whether there is no server to be had at a host, which another host may make good. */
function isUnreachable(error: unknown): boolean {
  if (error instanceof UnsuitableHost || codeOf(error) === CANNOT_CONNECT_NOW) return true;
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  return (
    /^(?:ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_\w+|ENOENT|EACCES)$/.test(
      codeOf(error) ?? "",
    ) || errorMessage(error) === "Connection terminated unexpectedly"
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
