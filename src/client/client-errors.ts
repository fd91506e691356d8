/** The server answered, and refused: the message is its own. Asking again would not help. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
}

/** The server could not be reached, or could not answer, however often it was asked. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
  /** After how many seconds it asked to be asked again; 0: it did not say. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}
