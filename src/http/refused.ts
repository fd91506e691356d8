/** A request that is refused before anything is looked at, with the HTTP status and the code that say why. */
export class Refused extends Error {
  readonly statusCode: 408 | 413 | 415 | 421 | 429 | 503;
  readonly code: string;
  /** After how many seconds it is worth to try again. */
  readonly retryAfter: number | undefined;

  constructor(statusCode: Refused["statusCode"], code: string, message: string, retryAfter?: number) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
