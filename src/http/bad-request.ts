/** A request that cannot be read, with the HTTP status and the code that say so. */
export class BadRequest extends Error {
  readonly statusCode = 400;
  readonly code: "BAD_REQUEST" | "BAD_USER_INPUT";

  constructor(code: BadRequest["code"], message: string) {
    super(message);
    this.code = code;
  }
}
