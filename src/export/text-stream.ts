import { Readable } from "node:stream";

/**
 * A stream of texts that are made only as fast as they are taken: one is held in reserve. Who stops reading stops the
 * generator.
 */
export function textStream(texts: AsyncIterable<string>): Readable {
  return Readable.from(texts, { highWaterMark: 1 });
}
