/** What the web server allows. */
export interface HttpLimits {
  /** The largest body of a store, in bytes. */
  readonly bodyBytes: number;
  /** The largest body of anything else, in bytes. */
  readonly queryBytes: number;
  /** How many requests a second a token or an address may send on average; 0: any number. */
  readonly requestsPerSecond: number;
  /** How many requests may run at the same time. */
  readonly running: number;
  /** How long the server may work on an answer. */
  readonly requestTimeoutMs: number;
  /** How long a connection without a request stays open. */
  readonly keepAliveMs: number;
}
