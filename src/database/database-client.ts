import { Client, type ClientConfig } from "pg";
import type { ConnectionParameters, DatabaseHost } from "./connection-string.ts";
import { FailoverConnection } from "./failover-connection.ts";

/** What a client is made of. */
export interface DatabaseClientConfig extends ClientConfig {
  readonly parameters: ConnectionParameters;
  readonly connectionTimeoutMillis: number;
}

/** A client that connects to the first host of the connection string that fits. */
export class DatabaseClient extends Client {
  constructor({ parameters, ...config }: DatabaseClientConfig) {
    const { hosts, tls, targetSessionAttributes, user, password, database, options } = parameters;
    const connection = new FailoverConnection(
      { hosts, tls, targetSessionAttributes, connectMs: config.connectionTimeoutMillis },
      config,
    );
    const all = {
      ...config,
      ...{ user, password, database, options, connection },
      ...(parameters.applicationName !== undefined && { application_name: parameters.applicationName }),
      host: hosts[0]?.host,
      port: hosts[0]?.port,
      // The connection decides whether it is encrypted (FailoverConnection.requestSsl).
      ssl: true,
    };
    super(all);
    // Where a request to cancel a statement goes.
    connection.once("host", ({ host, port }: DatabaseHost) => Object.assign(this, { host, port }));
  }
}
