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
  // Methods that pg's Client calls, and that are missing in @types/pg.
  interface Connection {
    connect(port: number | string, host?: string): void;
    requestSsl(): void;
  }
}

/** The hosts of a connection, and the limits of the attempts. */
interface FailoverOptions extends Pick<ConnectionParameters, "hosts" | "tls" | "targetSessionAttributes"> {
  /** The timeout of all attempts together, in milliseconds. */
  readonly connectMs: number;
}

/** An attempt to connect to a host. */
interface Attempt {
  readonly host: DatabaseHost;
  readonly encrypted: boolean;
}

const SESSION_ATTRIBUTES = `/* connection.sessionAttributes */
  select current_setting('transaction_read_only') = 'off' as writable, pg_is_in_recovery() as standby`;

/** Whether a session fits target_session_attrs. */
const FITS: Readonly<Record<TargetSessionAttributes, (writable: boolean, standby: boolean) => boolean>> = {
  any: () => true,
  "read-write": (writable, standby) => writable && !standby,
  "read-only": (writable) => !writable,
  primary: (_writable, standby) => !standby,
  standby: (_writable, standby) => standby,
};

/** SQLSTATEs: no entry in pg_hba.conf (for this encryption); the server starts or stops. */
const NOT_AUTHORIZED = "28000";
const CANNOT_CONNECT_NOW = "57P03";

/** The margin before the timer of pg-pool, in milliseconds. pg-pool starts its timer at nearly the same time. */
const MARGIN_MS = 50;

/**
 * The time in milliseconds during which an unresponsive host is tried after the other hosts. Otherwise each new
 * connection would wait for this host.
 */
const SILENT_MS = 60_000;

/** The end of that time for each unresponsive host, as a value of performance.now(). */
const silentUntil = new Map<string, number>();

/** No server of the list can be used. The next attempt may find a server: the promotion of a standby takes seconds. */
class NoSuitableHost extends Error {
  override readonly name = "NoSuitableHost";
  /** SQLSTATE: the client is unable to establish the connection. */
  readonly code = "08001";
}

/** A server that does not fit target_session_attrs. */
class UnsuitableHost extends Error {}

/**
 * A connection that tries the hosts of a connection string in their order and uses the first suitable host, like libpq.
 * Therefore each new connection finds the primary after a failover. The next host is tried when a host is unreachable,
 * starts or stops, or does not fit target_session_attrs. The next host is not tried when a host refuses the login, or
 * when its certificate is not trusted. sslmode also has libpq's meaning. pg's Client receives only the events of the
 * last attempt; for the Client, several attempts are one slow attempt. The event "host" contains the connected host.
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

  /** Stops the attempts. No further host is tried. */
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

  /**
   * pg's Client always requests encryption. With or without encryption, the Client continues at the event "sslconnect".
   */
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
      // The log contains the enumerable properties of a broken connection. This property contains the private key.
      Object.defineProperty(this, "ssl", { value: ssl, enumerable: false });
    } catch (error) {
      // pg's Client adds its listeners after connect() has returned.
      process.nextTick(() => this.#giveUp("error", error));
      return;
    }
    if (isNewHost) this.#limitTime(host);
    if (isSocketFolder(host)) super.connect(`${host.host}/.s.PGSQL.${host.port}`);
    else super.connect(host.port, host.host);
  }

  /**
   * Limits the time of a host to an equal share of the timeout, so that an unresponsive host leaves time for the
   * others.
   */
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
    const canRetryHost =
      this.#state === "starting" &&
      (event === "errorMessage" ? codeOf(error) === NOT_AUTHORIZED : codeOf(error) !== "ETIMEDOUT");
    if (!canRetryHost) {
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

  /** Emits the failure to pg's Client: the error of the server, or a list of failures if several hosts have failed. */
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

  /**
   * Restores the original emit(). PostgreSQL sends an event for each row, so the session emits directly to pg's Client.
   */
  #finish(): void {
    clearTimeout(this.#timer);
    this.emit = super.emit;
  }

  /** Closes the connection of a failed attempt. Its further events are ignored. */
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
  // libpq ignores sslmode for Unix sockets, which have no TLS.
  return (isSocketFolder(host) ? [false] : ENCRYPTION_ATTEMPTS[sslmode]).map((encrypted) => ({
    host,
    encrypted,
  }));
}

/** Whether the first attempt at a host is encrypted, and whether the second attempt is encrypted. */
const ENCRYPTION_ATTEMPTS: Readonly<Record<TlsParameters["sslmode"], readonly boolean[]>> = {
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

/** The files are read for each connection, so that a renewed certificate needs no restart. */
function tlsOptions({ sslmode, sslrootcert, sslcert, sslkey }: TlsParameters): ConnectionOptions {
  return {
    ...(sslrootcert === "system" && {
      ca: [...getCACertificates("default"), ...getCACertificates("system")],
    }),
    ...(sslrootcert !== undefined && sslrootcert !== "system" && { ca: read("sslrootcert", sslrootcert) }),
    ...(sslcert !== undefined && { cert: read("sslcert", sslcert) }),
    ...(sslkey !== undefined && { key: read("sslkey", sslkey) }),
    // libpq verifies the certificate if a CA is given. libpq compares the host name only with verify-full.
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

/** Whether a host has no usable server, so that the next host is tried. */
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
