import { Option } from "commander";
import { DEFAULT_URL } from "../client/client.ts";
import type { ForwardProxy, Server } from "../client/transport.ts";
import { UsageError } from "./exit-codes.ts";

/** The help text of the commands of clients. */
export const SERVER_VARIABLES = `RESULTS_STORAGE_TOKEN is the access token, if the server requires one.
HTTPS_PROXY, HTTP_PROXY and NO_PROXY set a proxy and its exceptions; NODE_EXTRA_CA_CERTS is a PEM file with the
certificate of a private CA.`;

/** The option `--url`. An empty variable counts as unset. */
export function urlOption(env: NodeJS.ProcessEnv): Option {
  return new Option("--url <url>", "the server (or RESULTS_STORAGE_URL)").default(
    env.RESULTS_STORAGE_URL || DEFAULT_URL,
  );
}

/**
 * The server of `--url`, with the token of RESULTS_STORAGE_TOKEN and the proxy of the environment.
 * @throws UsageError when a value is invalid. The token is never part of a message.
 */
export function serverOf(url: string, env: NodeJS.ProcessEnv): Server {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url (or RESULTS_STORAGE_URL) must be a URL such as ${DEFAULT_URL}, not "${url}"`);
  }
  const { username, password, search, hash } = new URL(url);
  if (username || password || search || hash) {
    throw new UsageError(
      "--url (or RESULTS_STORAGE_URL) must have no user, password, ? or #; a token belongs in RESULTS_STORAGE_TOKEN",
    );
  }
  // A secret from a file often ends with a line break.
  const token = env.RESULTS_STORAGE_TOKEN?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      "RESULTS_STORAGE_TOKEN must hold a token: ASCII characters without spaces and line breaks",
    );
  }
  return { url, token: token || undefined, proxy: proxyOf(url, env) };
}

/**
 * The proxy for a server: HTTPS_PROXY or HTTP_PROXY, by the scheme of the server's URL. As in curl, the lowercase
 * variable has priority, and a value without a scheme is a host.
 * @throws UsageError when the value is invalid. It may contain a password and is never part of a message.
 */
function proxyOf(serverUrl: string, env: NodeJS.ProcessEnv): ForwardProxy | undefined {
  const name = `${new URL(serverUrl).protocol.slice(0, -1)}_proxy`;
  const variable = [name, name.toUpperCase()].find((candidate) => env[candidate]?.trim());
  const value = variable && env[variable]?.trim();
  if (!value) return undefined;
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!isProxyUrl(url)) {
    throw new UsageError(
      `${variable} must be the URL of an HTTP proxy, such as http://user:password@proxy.example.com:3128, ` +
        "with special characters of the password percent-encoded",
    );
  }
  return { url, variable, noProxy: env.no_proxy || env.NO_PROXY || "" };
}

function isProxyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  const isOrigin = hostname !== "" && pathname === "/" && search === "" && hash === "";
  return ["http:", "https:"].includes(protocol) && isOrigin && isDecodable(username) && isDecodable(password);
}

/** The Proxy-Authorization header needs the decoded user and password. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
