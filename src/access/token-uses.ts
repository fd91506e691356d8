import type { MikroORM } from "@mikro-orm/postgresql";
import type { Logger } from "pino";
import { writeLastUses } from "./api-token.store.ts";

/** How often it is written which tokens were used. */
const WRITE_EVERY_MS = 60_000;

/** Remembers when tokens were last used, and writes it now and then: not with every request. */
export interface TokenUses {
  /** Notes that a token is used now. */
  note(id: string): void;
  /** Writes what is still to be written, and ends. */
  close(): Promise<void>;
}

/** Starts to remember. Memory holds one moment a token; what cannot be written is kept for the next time. */
export function rememberTokenUses(orm: MikroORM, log: Logger, everyMs = WRITE_EVERY_MS): TokenUses {
  let uses = new Map<string, Date>();
  const write = async () => {
    if (uses.size === 0) return;
    const written = uses;
    uses = new Map();
    try {
      await writeLastUses(orm.em.fork(), written);
    } catch (error) {
      log.warn({ err: error }, "when tokens were last used could not be written");
      uses = new Map([...written, ...uses]);
    }
  };
  const timer = setInterval(() => void write(), everyMs).unref();
  return {
    note: (id) => void uses.set(id, new Date()),
    close: async () => {
      clearInterval(timer);
      await write();
    },
  };
}
