import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>["documentStore"]>;

/** About 100 documents of 200 tokens: a dashboard has 60 tokens, the introspection query 190. */
const MAX_BYTES = 8 * 1_048_576;

/** A larger document, of more than 1,000 tokens or 128 KB, is parsed each time. */
const MAX_ENTRY_BYTES = MAX_BYTES / 16;

/** A token with its AST nodes and their locations: 88 bytes for a comment, 508 for a field without arguments. */
const TOKEN_BYTES = 512;

/** V8 concatenates a string with escapes from parts, and retains two nodes of 32 bytes for each escape. */
const ESCAPE_BYTES = 64;

/** The location of each node retains the source: two bytes a character, and two for copied values. */
const CHARACTER_BYTES = 4;

/**
 * The most recently used parsed and validated documents, by the hash of their text. Apollo's default store counts the
 * JSON of the AST, without source text and tokens: 4,144 texts of 250 KB filled a heap of 1 GB.
 */
export function createDocumentStore(): DocumentStore {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_ENTRY_BYTES,
    sizeCalculation: retainedBytes,
  });
  return {
    get: async (key) => documents.get(key),
    set: async (key, document) => void documents.set(key, document),
    delete: async (key) => documents.delete(key),
  };
}

/** The estimated heap of a document; test/server/graphql/document-store.test.ts compares it with the measured heap. */
export function retainedBytes({ loc }: DocumentNode): number {
  // The parser of Apollo Server adds locations to every document.
  if (loc === undefined) return MAX_ENTRY_BYTES + 1;
  const { body } = loc.source;
  let bytes = body.length * CHARACTER_BYTES;
  // Comments are tokens too, but not for the token limit of the parser.
  for (let token = loc.startToken.next; token !== null; token = token.next) bytes += TOKEN_BYTES;
  for (let at = body.indexOf("\\"); at >= 0; at = body.indexOf("\\", at + 1)) bytes += ESCAPE_BYTES;
  return bytes;
}
