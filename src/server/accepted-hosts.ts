import { isIPv4, isIPv6 } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../access/loopback.ts";
import { HttpError } from "./errors.ts";

/** The addresses to listen on that stand for all addresses of the machine. */
const ALL_ADDRESSES = ["0.0.0.0", "[::]"];

/** RFC 9110, section 7.2: a name or an address, and a port. Without "@", "%" and the like, which a URL would take apart. */
const HOST_FIELD = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i;

/** Which names of the server a request may be sent to. */
export interface AcceptedHosts {
  /** The address that the server listens on. */
  readonly host: string;
  /** More names and addresses. */
  readonly allowedHosts: readonly string[];
}

/**
 * Refuses requests to other names than the server's own. A web page whose name is rebound to 127.0.0.1 is of the same
 * origin as a server that it reaches by that name, and could read everything (DNS rebinding).
 */
export function requireAcceptedHost(server: FastifyInstance, { host, allowedHosts }: AcceptedHosts): void {
  const names = new Set([host, ...allowedHosts].map(canonicalHost));
  const listensOnAll = ALL_ADDRESSES.some((address) => names.has(address));

  function isAccepted(name: string, request: FastifyRequest): boolean {
    if (isLoopback(name) || name.endsWith(".localhost") || names.has(name)) return true;
    // An address cannot be rebound: it is the server's if the connection came to it.
    return listensOnAll && name === canonicalHost(localAddress(request));
  }

  server.addHook("onRequest", async (request) => {
    for (const field of hostFields(request)) {
      const name = hostOf(field);
      if (!isAccepted(name, request)) throw misdirected(name);
    }
  });
}

/** RFC 9112, section 3.2: a request with several Host fields, or one that is no host, is answered with 400. */
export function requireOneHost(server: FastifyInstance): void {
  server.addHook("onRequest", async ({ raw: { rawHeaders } }) => {
    const fields = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host");
    if (fields.length > 1) throw new HttpError(400, "BAD_REQUEST", "The request must have one Host header.");
  });
}

/** The spelling of a name or an address in which two of one host are equal; undefined when it is none. */
export function canonicalHost(text: string): string | undefined {
  const url = `http://${isIPv6(text) ? `[${text}]` : text}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : undefined;
}

/**
 * All that a request names as its host. Behind a proxy both are checked, Host and X-Forwarded-Host: a page can write the
 * second one, but not the first. So is the target in absolute form, which takes the place of Host (RFC 9112, section 3.2.2).
 */
function hostFields(request: FastifyRequest): string[] {
  const { headers, host, url } = request;
  const target = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return [headers.host ?? "", host, ...(target === undefined ? [] : [target])];
}

function hostOf(field: string): string {
  const name = canonicalHost(HOST_FIELD.exec(field)?.[1] ?? "");
  if (name === undefined) throw new HttpError(400, "BAD_REQUEST", "The Host header must name a host.");
  return name;
}

/** IPv4 over a socket of IPv6 is ::ffff:192.0.2.1. */
function localAddress({ socket: { localAddress: address = "" } }: FastifyRequest): string {
  const [, ipv4 = ""] = /^::ffff:(.*)$/i.exec(address) ?? [];
  return isIPv4(ipv4) ? ipv4 : address;
}

/** 421: the server does not answer for the host of this request (RFC 9110, section 15.5.20). */
function misdirected(name: string): HttpError {
  return new HttpError(
    421,
    "MISDIRECTED_REQUEST",
    `The server does not answer to the host "${name}". If it is a name of this server, add it to the environment variable ALLOWED_HOSTS.`,
  );
}
