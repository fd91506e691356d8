/** A server of the list. A host that starts with "/" is the folder of its Unix socket. */
export interface DatabaseHost {
  readonly host: string;
  readonly port: number;
}

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
const SESSION_ATTRIBUTES = ["any", "read-write", "read-only", "primary", "standby"] as const;

/** The encryption parameters of connections, with libpq's meaning of each parameter. */
export interface TlsParameters {
  readonly sslmode: (typeof SSL_MODES)[number];
  /** A file of CA certificates, or "system". */
  readonly sslrootcert: string | undefined;
  readonly sslcert: string | undefined;
  readonly sslkey: string | undefined;
}

/** The kind of server that a connection accepts. */
export type TargetSessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** The parts of a connection string. For an undefined part, pg uses its default or PGUSER, PGPASSWORD or PGDATABASE. */
export interface ConnectionParameters {
  readonly hosts: readonly DatabaseHost[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly options: string | undefined;
  readonly applicationName: string | undefined;
  readonly tls: TlsParameters;
  readonly targetSessionAttributes: TargetSessionAttributes;
}

/** An invalid connection string. The message continues after the name of the variable, and contains no values. */
class InvalidConnectionString extends Error {
  override readonly name = "InvalidConnectionString";
}

/** The groups: user and password up to the last "@", hosts, database, parameters. */
const FORM = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?@]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const SHAPE = "must be a URL such as postgresql://user:password@host:5432/database, with %-encoded values";

const SUPPORTED = new Set([
  ...["host", "port", "user", "password", "dbname", "options", "application_name"],
  ...["ssl", "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs"],
]);

/** The advice for parameters that other clients support. */
const ADVICE: Readonly<Record<string, string>> = {
  channel_binding: "omit it; sslmode=verify-full prevents man-in-the-middle attacks",
  connect_timeout: "set DATABASE_CONNECT_TIMEOUT_S",
  hostaddr: "write the address as the host",
  load_balance_hosts: "omit it; hosts are tried in their order",
  passfile: "set the variable PGPASSFILE",
  service: "write the parameters of the service into the URL",
  sslcrl: "omit it, and replace the CA if a key is compromised",
  sslpassword: "name a key file without a password, which only the server's account can read",
  statement_timeout: "set DATABASE_STATEMENT_TIMEOUT_S",
  uselibpqcompat: "omit it; sslmode has libpq's meaning",
};

/**
 * Parses a connection string with libpq's syntax
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS).
 * @throws InvalidConnectionString when the text is invalid, or has an unsupported parameter.
 */
export function parseConnectionString(text: string): ConnectionParameters {
  const [, credentials = "", authority = "", path = "", query = ""] = FORM.exec(text) ?? fail(SHAPE);
  const [user = "", password = ""] = splitOnce(credentials, ":");
  const fromAuthority = hostsOf(authority);
  const parameters = parametersOf(query);
  const { host = "", port = "" } = {
    host: fromAuthority.map((each) => each.host).join(","),
    port: fromAuthority.map((each) => each.port).join(","),
    ...parameters,
  };
  return {
    hosts: matchPorts(host || process.env.PGHOST || "localhost", port),
    user: parameters.user ?? (decode(user) || undefined),
    password: parameters.password ?? (decode(password) || undefined),
    database: parameters.dbname ?? (decode(path) || undefined),
    options: parameters.options,
    applicationName: parameters.application_name,
    tls: tlsOf(parameters),
    targetSessionAttributes: oneOf(
      "target_session_attrs",
      parameters.target_session_attrs ?? "any",
      SESSION_ATTRIBUTES,
    ),
  };
}

/** The hosts and the database of a connection string, without user and password. */
export function placeOf({ hosts, database }: ConnectionParameters): string {
  return `${hosts.map(hostText).join(",")}/${database ?? ""}`;
}

/** A host and its port in the syntax of a connection string. An IPv6 address is in brackets. */
export function hostText({ host, port }: DatabaseHost): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The hosts of the authority, with the text of their ports. */
function hostsOf(authority: string): { readonly host: string; readonly port: string }[] {
  return authority.split(",").map((text) => {
    const [, bracketed, plain = "", port = ""] =
      /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text) ?? fail(SHAPE);
    return { host: decode(bracketed ?? plain), port };
  });
}

function matchPorts(hosts: string, ports: string): DatabaseHost[] {
  const [hostList, portList] = [hosts.split(","), ports.split(",")];
  if (portList.length !== 1 && portList.length !== hostList.length) {
    fail(
      `must name one port for all hosts, or one for each: it has ${hostList.length} hosts and ${portList.length} ports`,
    );
  }
  return hostList.map((host, index) => ({
    host: host.trim() || "localhost",
    port: portNumber(portList[portList.length === 1 ? 0 : index]?.trim() || process.env.PGPORT || "5432"),
  }));
}

function portNumber(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
    ? Number(text)
    : fail("must have ports from 1 to 65535");
}

function parametersOf(query: string): Partial<Record<string, string>> {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      // In pg and URLSearchParams, "+" is a space; in libpq, "+" is a plus sign.
      const [name = "", value] = splitOnce(pair.replaceAll("+", " "), "=").map(decode);
      if (value === undefined) fail(SHAPE);
      if (!SUPPORTED.has(name)) {
        const [shown, advice] = [/^\w{1,40}$/.test(name) ? `"${name}"` : "of that name", ADVICE[name]];
        fail(
          `must not have a parameter ${shown}: ${advice ?? `omit it (supported are ${[...SUPPORTED].join(", ")})`}`,
        );
      }
      return [name, value];
    }),
  );
}

/** The default of a missing parameter is libpq's environment variable. */
function tlsOf(parameters: Partial<Record<string, string>>): TlsParameters {
  const read = (name: "sslmode" | "sslrootcert" | "sslcert" | "sslkey") =>
    parameters[name] || process.env[`PG${name.toUpperCase()}`] || undefined;
  const [sslrootcert, sslcert, sslkey] = [read("sslrootcert"), read("sslcert"), read("sslkey")];
  if (parameters.ssl !== undefined && parameters.ssl !== "true")
    fail('must not have a parameter "ssl": use sslmode');
  const defaultMode = sslrootcert === "system" ? "verify-full" : "prefer";
  const sslmode = oneOf(
    "sslmode",
    (parameters.ssl === "true" ? "require" : read("sslmode")) ?? defaultMode,
    SSL_MODES,
  );
  if (sslmode === "verify-ca" && sslrootcert === undefined) {
    fail("must have sslrootcert, the file of the CA's certificate, with sslmode=verify-ca");
  }
  if (sslrootcert === "system" && sslmode !== "verify-full" && sslmode !== "disable") {
    fail(
      "must have sslmode=verify-full with sslrootcert=system: every owner of a public certificate would be trusted",
    );
  }
  if ((sslcert === undefined) !== (sslkey === undefined))
    fail("must have both sslcert and sslkey, or neither");
  return { sslmode, sslrootcert, sslcert, sslkey };
}

function oneOf<Value extends string>(name: string, text: string, allowed: readonly Value[]): Value {
  const advice = text === "no-verify" ? "; sslmode=require does not verify the certificate either" : "";
  return (
    allowed.find((value) => value === text) ?? fail(`must have a ${name} of ${allowed.join(", ")}${advice}`)
  );
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail(SHAPE);
  }
}

function fail(problem: string): never {
  throw new InvalidConnectionString(problem);
}
