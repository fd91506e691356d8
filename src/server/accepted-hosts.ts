import { isIPv4, isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";
import { isLoopback } from "../access/loopback.ts";
import { HttpError } from "./errors.ts";

/** RFC 9110, section 7.2: a name or an address, and a port; without "@", "%" and others that a URL parser interprets. */
const HOST_FIELD = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i;

/** The names of the server that a Host header may contain. */
export interface AcceptedHosts {
  /** The address on which the server listens. */
  readonly host: string;
  /** Further names and addresses. */
  readonly allowedHosts: readonly string[];
}

/**
 * Returns a check that rejects requests for other names than those of the server. A web page whose name is rebound to
 * 127.0.0.1 has the same origin as a server with that name, and could read all data (DNS rebinding).
 */
export function requireAcceptedHost({
  host,
  allowedHosts,
}: AcceptedHosts): (request: FastifyRequest) => void {
  const names = new Set([host, ...allowedHosts].map(canonicalHost));
  const listensOnAll = [host, ...allowedHosts].some(isUnspecifiedAddress);

  function isAccepted(name: string, request: FastifyRequest): boolean {
    if (isLoopback(name) || name.endsWith(".localhost") || names.has(name)) return true;
    // An address cannot be rebound: it belongs to the server if it is the local address of the connection.
    return listensOnAll && name === canonicalHost(localAddress(request));
  }

  // Most requests have the same field, whose canonical form requires the parsing of a URL.
  let last: { readonly field: string; readonly name: string } | undefined;
  return (request) => {
    for (const field of hostFields(request)) {
      if (field !== last?.field) last = { field, name: hostOf(field) };
      if (!isAccepted(last.name, request)) throw misdirected(last.name);
    }
  };
}

/** RFC 9112, section 3.2: a request with several Host fields is answered with 400. */
export function requireOneHost({ raw: { rawHeaders } }: FastifyRequest): void {
  const fields = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host");
  if (fields.length > 1) throw new HttpError(400, "BAD_REQUEST", "The request must have one Host header.");
}

/** The canonical form of a name or an address; undefined when the text is neither. */
export function canonicalHost(text: string): string | undefined {
  const url = `http://${isIPv6(text) ? `[${text}]` : text}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : undefined;
}

/** Whether a server that listens on this address accepts connections on all addresses of the machine. */
export function isUnspecifiedAddress(host: string): boolean {
  return ["0.0.0.0", "[::]"].includes(canonicalHost(host) ?? "");
}

/**
 * All hosts in a request. Behind a proxy both Host and X-Forwarded-Host are checked, because a page can set the latter.
 * A target in absolute form replaces Host (RFC 9112, section 3.2.2), so it is checked too.
 */
function hostFields(request: FastifyRequest): string[] {
  const { headers, host, url } = request;
  const target = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1];
  return [headers.host ?? "", host, ...(target === undefined ? [] : [target])];
}

function hostOf(field: string): string {
  const name = canonicalHost(HOST_FIELD.exec(field)?.[1] ?? "");
  if (name === undefined) throw invalidHost();
  return name;
}

/** The error for a request whose Host header is not a host. */
export function invalidHost(): HttpError {
  return new HttpError(400, "BAD_REQUEST", "The Host header must name a host.");
}

/** An IPv6 socket reports an IPv4 address as ::ffff:192.0.2.1. */
function localAddress({ socket: { localAddress: address = "" } }: FastifyRequest): string {
  const [, ipv4 = ""] = /^::ffff:(.*)$/i.exec(address) ?? [];
  return isIPv4(ipv4) ? ipv4 : address;
}

/** 421 Misdirected Request: RFC 9110, section 15.5.20. */
function misdirected(name: string): HttpError {
  return new HttpError(
    421,
    "MISDIRECTED_REQUEST",
    `The server does not accept requests for the host "${name}". If it is a name of this server, add it to the environment variable ALLOWED_HOSTS.`,
  );
}
