import { errorMessage } from "../lib/errors.ts";

/** Which server, as whom, and through which proxy. */
export interface Server {
  /** For instance http://127.0.0.1:8007; behind a reverse proxy it may have a path. */
  readonly url: string;
  readonly token: string | undefined;
  readonly proxy?: ForwardProxy | undefined;
}

/** A forward proxy, as the environment names it. */
export interface ForwardProxy {
  /** An http or https URL, which may have a user and a password. */
  readonly url: string;
  /** The environment variable that holds the URL. */
  readonly variable: string;
  /** The hosts that are reached without it: the value of NO_PROXY. */
  readonly noProxy: string;
}

/** The server could not be reached, or could not answer, however often it was asked. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
  /** After how many seconds it asked to be asked again; 0: it did not say. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** What a request is sent with. */
interface RequestOptions {
  readonly method?: "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

type Fetch = (url: string, init: RequestOptions & { readonly redirect: "manual" }) => Promise<Response>;

/** OpenSSL's codes for the certificate of a CA that is not trusted; the first: another CA of that name is. */
const UNKNOWN_CA = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const proxied = new WeakMap<ForwardProxy, Promise<Fetch>>();

/**
 * Sends a request to a URL of the server, with its token. Redirects are not followed: a POST would become a GET.
 * @throws ServerUnreachable when no response comes.
 */
export async function fetchFrom(server: Server, url: string, init: RequestOptions = {}): Promise<Response> {
  const { token, proxy } = server;
  const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) };
  try {
    const send = proxy === undefined ? fetch : await fetchThrough(proxy);
    return await send(url, { ...init, headers, redirect: "manual" });
  } catch (error) {
    throw unreachable(server, error);
  }
}

/** The server sent no response, or broke one off. */
export function unreachable(server: Server, error: unknown): ServerUnreachable {
  return new ServerUnreachable(
    `${server.url} cannot be reached (${errorMessage(error)}). ${advice(server, error)}`,
  );
}

function advice({ proxy }: Server, error: unknown): string {
  if (isUnknownCa(error)) {
    return "Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the CA that signed its certificate, or the proxy's.";
  }
  if (proxy !== undefined) return `Is the server running? ${proxyAdvice(proxy)}`;
  return 'Is the server running? "results-storage serve" starts one.';
}

/** Which requests go through a proxy, for a message: the proxy may be the one that refuses. */
export function proxyAdvice({ url, variable }: ForwardProxy): string {
  return `Requests go through the proxy ${new URL(url).host} of ${variable}, unless NO_PROXY lists the host: does the proxy allow them?`;
}

function isUnknownCa(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && UNKNOWN_CA.has(String(error.code))) || isUnknownCa(error.cause);
}

/** The same for each request through one proxy, because it keeps the connections. */
function fetchThrough(proxy: ForwardProxy): Promise<Fetch> {
  const made = proxied.get(proxy) ?? createFetch(proxy);
  proxied.set(proxy, made);
  return made;
}

/** Node.js' own fetch takes no proxy before 22.21, and its undici has no agent of another undici. */
async function createFetch({ url, noProxy }: ForwardProxy): Promise<Fetch> {
  // Loaded only here: most clients have no proxy, and start without it.
  const { default: undici } = await import("undici");
  const dispatcher = new undici.EnvHttpProxyAgent({
    httpProxy: url,
    httpsProxy: url,
    noProxy,
    allowH2: false,
  });
  return (address, init) => undici.fetch(address, { ...init, dispatcher });
}
