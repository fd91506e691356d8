import { v7 as uuidv7 } from "uuid";
import type { Database } from "../database/database.ts";
import { durableTransaction } from "../database/durability.ts";
import { insertToken } from "./api-token.store.ts";
import type { ApiToken } from "./api-token.ts";
import { hashOfToken, newTokenText } from "./token-text.ts";

/** What a new token is for. */
export type TokenWish = Pick<ApiToken, "name" | "scope" | "projects" | "userId" | "expiresAt">;

/**
 * Makes a token, and stores its hash.
 * @returns its text, which cannot be had again; undefined when a token of this name is not revoked yet.
 */
export async function createToken(db: Database, wish: TokenWish): Promise<string | undefined> {
  const text = newTokenText();
  const token = { ...wish, id: uuidv7(), hash: hashOfToken(text) };
  const isNew = await durableTransaction(db, (tx) => insertToken(tx, token));
  return isNew ? text : undefined;
}
