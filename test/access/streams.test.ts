import { beforeAll, describe, expect, it } from "vitest";
import { startChain } from "../integrity/chain.ts";
import { store } from "../support/estimates.ts";
import { startService, type TestService } from "../support/service.ts";
import { firstEvent, openStream } from "../support/streams.ts";
import { createToken, withToken } from "./tokens.ts";

const service = startService(
  { AUTH: "tokens", STREAM_HEARTBEAT_S: "1" },
  {
    prepare: async (url) => {
      allToken = await createToken(url);
      bound = await createToken(url, { scope: "read", projects: ["mine", "mine/*"] });
    },
  },
);
const chain = startChain(service);

let allToken: string;
let bound: string;
let all: TestService;
beforeAll(() => {
  all = withToken(service, allToken);
});

describe("A stream with a token", () => {
  it("that is bound to projects has their jobs only, and its cursors pass the others", async () => {
    const stream = await openStream(service, { token: bound });
    await firstEvent(stream);
    for (const project of ["theirs", "mine", null, "mine/below", "theirs"]) await store(all, { project });
    await chain.seal();
    expect(await stream.projects(2)).toEqual(["mine", "mine/below"]);
    const beat = await stream.next();
    expect(beat?.data?.jobStored.job).toBe(null);
    // The same query of another visibility has other events.
    const ofAll = await openStream(service, { token: allToken });
    await firstEvent(ofAll);
    const filtered = await openStream(service, {
      token: bound,
      variables: { filter: { project: "theirs" } },
    });
    await firstEvent(filtered);
    await store(all, { project: "theirs" });
    await chain.seal();
    expect(await ofAll.projects(1)).toEqual(["theirs"]);
    expect((await filtered.next())?.data?.jobStored.job).toBe(null);
  });

  it("ends with an error soon after the token is revoked, or has expired", async () => {
    const revoked = await createToken(service.databaseUrl, { name: "revoked" });
    const expired = await createToken(service.databaseUrl, { expiresAt: new Date(Date.now() + 1_500) });
    const streams = [
      await openStream(service, { token: revoked }),
      await openStream(service, { token: expired }),
    ];
    const healthy = await openStream(service, { token: bound });
    await Promise.all([...streams, healthy].map(firstEvent));
    await service.sql("update api_tokens set revoked_at = now() where name = 'revoked'");
    await Promise.all(streams.map((stream) => stream.ended()));
    for (const stream of streams) {
      expect(stream.text).toMatch(
        /event: next\ndata: \{"errors":\[\{"message":"The token [^\n]*UNAUTHENTICATED[^\n]*\n\nevent: complete\ndata:\n\n$/,
      );
    }
    expect((await healthy.next())?.data?.jobStored.isGap).toBe(false);
  });

  it("is required", async () => {
    const stream = await openStream(service);
    await stream.ended();
    expect([stream.status, stream.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer realm="results-storage"',
    ]);
  });
});
