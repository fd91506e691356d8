import { describe, expect, it } from "vitest";
import { parseConnectionString } from "../../src/database/connection-string.ts";

/** The hosts of a connection string, as host:port. */
function hostsOf(url: string): string[] {
  return parseConnectionString(url).hosts.map(({ host, port }) => `${host} ${port}`);
}

describe("A connection string", () => {
  it.each([
    ["postgresql://u:p@h1:5433/db", ["h1 5433"]],
    ["postgres://h1", ["h1 5432"]],
    ["postgresql:///db", ["localhost 5432"]],
    ["postgresql://h1:5432,h2:5433/db", ["h1 5432", "h2 5433"]],
    ["postgresql://h1,h2,h3:6432/db", ["h1 5432", "h2 5432", "h3 6432"]],
    ["postgresql://h1,h2/db?port=6432", ["h1 6432", "h2 6432"]],
    ["postgresql://u:p@/db?host=h1,h2&port=5433,5434", ["h1 5433", "h2 5434"]],
    ["postgresql://[::1]:5433,[2001:db8::7]/db", ["::1 5433", "2001:db8::7 5432"]],
    ["postgresql:///db?host=::1", ["::1 5432"]],
    ["postgresql://%2Frun%2Fpostgresql/db", ["/run/postgresql 5432"]],
    ["postgresql://%2Frun%2Fpostgresql:5433,h2/db", ["/run/postgresql 5433", "h2 5432"]],
    ["postgresql:///db?host=/run/postgresql", ["/run/postgresql 5432"]],
  ])("names its hosts: %s", (url, hosts) => {
    expect(hostsOf(url)).toEqual(hosts);
  });

  it.each([
    ["postgresql://me:p%40ss%3A%2F%3F%23%25@h1,h2/a%20b", ["me", "p@ss:/?#%", "a b"]],
    ["postgresql://me:p@ss:word@h1,h2/db", ["me", "p@ss:word", "db"]],
    ["postgresql://me@h1/db", ["me", undefined, "db"]],
    ["postgresql://h1/db?user=me&password=a%2Bb", ["me", "a+b", "db"]],
    ["postgresql://h1?dbname=db&user=%C3%A4", ["ä", undefined, "db"]],
  ])("names user, password and database with %%-encoded characters: %s", (url, expected) => {
    const { user, password, database } = parseConnectionString(url);
    expect([user, password, database]).toEqual(expected);
  });

  it("keeps the options of the session, with spaces as + or %20", () => {
    const { options } = parseConnectionString("postgresql://h1/db?options=-c+work_mem%3D5MB%20-c%20a=b");
    expect(options).toBe("-c work_mem=5MB -c a=b");
  });

  it.each([
    [
      "postgresql://h1:1,h2:2/db?port=1,2,3",
      "must name one port for all hosts, or one for each: it has 2 hosts and 3",
    ],
    ["postgresql://h1:0/db", "must have ports from 1 to 65535"],
    ["postgresql://h1:65536/db", "must have ports from 1 to 65535"],
    ["postgresql://h1:x/db", "must be a URL such as postgresql://"],
    ["postgresql://::1/db", "must be a URL such as postgresql://"],
    ["host=h1 dbname=db", "must be a URL such as postgresql://"],
    ["postgresql://h1/db?sslmode", "must be a URL such as postgresql://"],
    [
      "postgresql://h1/db?sslmode=on",
      "must have a sslmode of disable, allow, prefer, require, verify-ca, verify-full",
    ],
    ["postgresql://h1/db?sslmode=no-verify", "sslmode=require does not verify the certificate either"],
    ["postgresql://h1/db?ssl=1", 'must not have a parameter "ssl": use sslmode'],
    ["postgresql://h1/db?sslmode=verify-ca", "must have sslrootcert"],
    [
      "postgresql://h1/db?sslmode=require&sslrootcert=system",
      "must have sslmode=verify-full with sslrootcert=system",
    ],
    ["postgresql://h1/db?sslcert=a.crt", "must have both sslcert and sslkey"],
    [
      "postgresql://h1/db?target_session_attrs=prefer-standby",
      "must have a target_session_attrs of any, read-write",
    ],
    ["postgresql://h1/db?channel_binding=require", 'must not have a parameter "channel_binding": omit it'],
    ["postgresql://h1/db?connect_timeout=3", "set DATABASE_CONNECT_TIMEOUT_S"],
    ["postgresql://h1/db?hostaddr=1.2.3.4", "write the address as the host"],
    ["postgresql://h1/db?uselibpqcompat=true", "sslmode has libpq's meaning"],
    [
      "postgresql://h1/db?schema=public",
      'must not have a parameter "schema": omit it (supported are host, port',
    ],
  ])("is refused by what is wrong with it: %s", (url, message) => {
    expect(() => parseConnectionString(url)).toThrow(message);
  });

  it.each(["postgresql://u:12?s3cret@h/db", "postgresql://u:s3cret@h:x", "postgresql://h?sslmode=s3cret"])(
    "is refused without its values, which may be a password: %s",
    (url) => {
      expect(() => parseConnectionString(url)).toThrow(/^must (?!.*s3cret)/);
    },
  );
});
