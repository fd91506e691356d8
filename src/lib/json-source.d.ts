/** ECMAScript "JSON.parse source text access", in Node.js since 21 and not yet in TypeScript's library. */
interface RawJSON {
  readonly rawJSON: string;
}

interface JSON {
  rawJSON(text: string): RawJSON;
  isRawJSON(value: unknown): value is RawJSON;
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    // biome-ignore lint/suspicious/noExplicitAny: the return type of JSON.parse in the standard library.
  ): any;
}
