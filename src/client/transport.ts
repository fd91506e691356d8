import { errorMessage } from "../lib/errors.ts";

/** A server with the token and the proxy of the client. */
export interface Server {
  /** For instance http://127.0.0.1:8007; with a path behind some reverse proxies. */
  readonly url: string;
  readonly token: string | undefined;
  readonly proxy?: ForwardProxy | undefined;
}

/** A forward proxy of the environment. */
export interface ForwardProxy {
  /** An http or https URL, possibly with a user and a password. */
  readonly url: string;
  /** The environment variable of the URL. */
  readonly variable: string;
  /** The value of NO_PROXY: the hosts to reach directly. */
  readonly noProxy: string;
}

/** The server could not be reached or had a temporary error, also after retries. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
  /** The seconds of Retry-After; 0 without the header. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

interface RequestOptions {
  readonly method?: "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

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

/** The error for a missing or interrupted response. */
export function unreachable(server: Server, error: unknown): ServerUnreachable {
  return new ServerUnreachable(
    `${server.url} cannot be reached (${errorMessage(error)}). ${advice(server, error)}`,
  );
}

function advice({ proxy }: Server, error: unknown): string {
  if (isUnknownCa(error)) {
    return "Set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of the CA of the server or of the proxy.";
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

/** OpenSSL's codes for an untrusted CA; CERT_SIGNATURE_FAILURE: another CA of that name is trusted. */
const UNKNOWN_CA = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

type Fetch = (url: string, init: RequestOptions & { readonly redirect: "manual" }) => Promise<Response>;

const fetchByProxy = new WeakMap<ForwardProxy, Promise<Fetch>>();

/** One function for each proxy: it keeps the connections. */
function fetchThrough(proxy: ForwardProxy): Promise<Fetch> {
  const proxiedFetch = fetchByProxy.get(proxy) ?? createFetch(proxy);
  fetchByProxy.set(proxy, proxiedFetch);
  return proxiedFetch;
}

/** The built-in fetch supports proxies since Node.js 22.21 only, and no agent of another undici. */
async function createFetch({ url, noProxy }: ForwardProxy): Promise<Fetch> {
  // Imported here: most clients have no proxy and start faster without it.
  const { default: undici } = await import("undici");
  const dispatcher = new undici.EnvHttpProxyAgent({
    httpProxy: url,
    httpsProxy: url,
    noProxy,
    allowH2: false,
  });
  return (address, init) => undici.fetch(address, { ...init, dispatcher });
}
