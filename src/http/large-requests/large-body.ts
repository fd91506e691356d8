/**
 * From this many bytes on a body is parsed in another thread. Reading and checking takes about 0.1 ms a kilobyte, in
 * which nobody else is answered: 25 ms for one of this size (500 resources), 5 s for 100,000 resources.
 */
export const LARGE_BODY_BYTES = 262_144;

/** The body of a request that another thread shall answer, in the parts that it came in. */
export class LargeBody {
  readonly parts: Buffer[];
  readonly bytes: number;

  constructor(parts: Buffer[], bytes: number) {
    this.parts = parts;
    this.bytes = bytes;
  }
}
