/** ECMAScript "JSON.parse source text access", in Node.js since 21 and not yet in TypeScript's library. */
interface RawJSON {
  readonly rawJSON: string;
}

interface JSON {
  rawJSON(text: string): RawJSON;
  isRawJSON(value: unknown): value is RawJSON;
  parse(
    text: string,
    // biome-ignore lint/suspicious/noExplicitAny: the signature of the standard library.
    reviver: (this: unknown, key: string, value: any, context: { source?: string }) => unknown,
    // biome-ignore lint/suspicious/noExplicitAny: the signature of the standard library.
  ): any;
}
