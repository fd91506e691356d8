import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>["documentStore"]>;

/** About 100 documents of 200 tokens: a dashboard has 60 tokens, the introspection query 190. */
const STORE_BYTES = 8 * 1_048_576;

/** A larger document is parsed each time. It has more than 1,000 tokens, or a text of more than 128 KB. */
const LARGEST_BYTES = STORE_BYTES / 16;

/** A token with its AST nodes and their locations: 88 bytes for a comment, 508 for a field without arguments. */
const TOKEN_BYTES = 512;

/** V8 concatenates a string with escapes from pieces, and keeps two nodes of 32 bytes for each escape. */
const ESCAPE_BYTES = 64;

/** Each node's location refers to the source, so the text stays: two bytes a character, and two for copied values. */
const CHARACTER_BYTES = 4;

/**
 * Parsed and validated documents by the hash of their text, the last used ones. Apollo's own store counts the length
 * of the AST's JSON, in which neither the source text nor the tokens occur: 4,144 texts of 250 KB filled a heap of 1 GB.
 */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: STORE_BYTES,
    maxEntrySize: LARGEST_BYTES,
    sizeCalculation: retainedBytes,
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}

/** The heap that a document retains; test/graphql/document-store.test.ts compares it with the heap itself. */
export function retainedBytes({ loc }: DocumentNode): number {
  // A document without locations is none of this parser's.
  if (loc === undefined) return LARGEST_BYTES + 1;
  const { body } = loc.source;
  let bytes = body.length * CHARACTER_BYTES;
  // Comments are tokens as well, which the parser's limit of tokens does not count.
  for (let token = loc.startToken.next; token !== null; token = token.next) bytes += TOKEN_BYTES;
  for (let at = body.indexOf("\\"); at >= 0; at = body.indexOf("\\", at + 1)) bytes += ESCAPE_BYTES;
  return bytes;
}
