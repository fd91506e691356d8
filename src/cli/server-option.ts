import { Option } from "commander";
import type { Server } from "../client/graphql-client.ts";
import { DEFAULT_URL } from "../default-url.ts";
import { UsageError } from "./usage-error.ts";

/** `--url`, for every command that talks to a server. An empty variable counts as not set. */
export function urlOption(env: NodeJS.ProcessEnv): Option {
  return new Option("--url <url>", "the server (or RESULTS_STORAGE_URL)").default(
    env.RESULTS_STORAGE_URL || DEFAULT_URL,
  );
}

/**
 * The server that a command talks to, with the token of RESULTS_STORAGE_TOKEN.
 * @throws UsageError when it cannot be one. The token is never part of a message.
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
  // Secrets are often kept in files, which end in a line break.
  const token = env.RESULTS_STORAGE_TOKEN?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      "RESULTS_STORAGE_TOKEN must hold a token: no spaces, line breaks or other alphabets",
    );
  }
  return { url, token: token || undefined };
}
