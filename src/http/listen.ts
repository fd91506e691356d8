import type { FastifyInstance } from "fastify";
import { reasonOf } from "../reason-of.ts";

/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens, and returns the URL.
 * @param prefix of the settings that hold the address: that of METRICS_HOST and METRICS_PORT.
 * @throws Error that says what to do when it cannot.
 */
export async function listen(server: FastifyInstance, address: Address, prefix = ""): Promise<string> {
  try {
    return await server.listen({ host: address.host, port: address.port, listenTextResolver });
  } catch (error) {
    throw new Error(problem(address, prefix, error), { cause: error });
  }
}

/** The service listens before its database is migrated, because orchestrators ask for its health from then on. */
function listenTextResolver(url: string): string {
  return `Answering health checks at ${url}; other requests are refused until the database is ready`;
}

function problem({ host, port }: Address, prefix: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Port ${port} of ${host} is in use. Stop the program that uses it, or choose another port with ${prefix}PORT.`;
  if (code === "EACCES")
    return `Port ${port} of ${host} is not for everybody to use. Choose one from 1024 on with ${prefix}PORT.`;
  return `The server cannot listen at ${host}, port ${port} (${reasonOf(error)}). Choose others with ${prefix}HOST and ${prefix}PORT.`;
}
