/** The server answered, and refused: the message is its own. Asking again would not help. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
}

/** The server could not be reached, or could not answer, however often it was asked. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
}
