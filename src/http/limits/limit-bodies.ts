import { Transform } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import { includesScope } from "../../access/scope.ts";
import type { Viewer } from "../../access/viewer.ts";
import { Refused } from "../refused.ts";
import { rateKey } from "./limit-rate.ts";
import type { Upload, UploadMemory } from "./upload-memory.ts";

/** How often uploads are measured. */
const LOOK_MS = 1_000;

/** By then the uploads that were preferred have arrived, or have been dropped in their turn. */
const RETRY_AFTER_S = 5;

/**
 * Bounds the memory of bodies. A small one is always read; larger ones share a memory, which each of them takes as its
 * bytes arrive. An announcement takes nothing: ten clients that announce the largest body would have it all.
 * @param smallBytes up to which size a body is small.
 */
export function limitBodies(server: FastifyInstance, smallBytes: number, memory: UploadMemory): void {
  const looking = setInterval(() => memory.look(), LOOK_MS).unref();
  server.addHook("onClose", async () => clearInterval(looking));

  server.addHook("preParsing", async (request, reply, payload) => {
    const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
    // What is larger than allowed is refused by its announcement.
    const isSmall = announced === undefined ? encoding === undefined : Number(announced) <= smallBytes;
    if (isSmall || Number(announced) > memory.bytes || reply.raw.closed) return payload;
    if (announced !== undefined) requireStorer(request.viewer);
    return admit(payload, request, reply);
  });

  /** The body, of which each part is passed on when there is memory for it. */
  function admit(payload: RequestPayload, request: FastifyRequest, reply: FastifyReply): Transform {
    let received = 0;
    let upload: Upload | undefined;
    const admitted = new Transform({
      transform: (part: Buffer, _encoding, done) => {
        const before = received;
        received += part.length;
        const pass = () => done(null, part);
        // A body that is too large is refused by its reader.
        if (received <= smallBytes || received > memory.bytes) return pass();
        if (upload !== undefined) return upload.take(part.length, pass);
        const refusal = refuseReader(request.viewer);
        if (refusal !== undefined) return done(refusal);
        upload = memory.begin(rateKey(request), () => admitted.destroy(tooBusy()));
        upload.take(before + part.length, pass);
      },
      flush: (done) => {
        upload?.complete();
        done();
      },
    });
    payload.once("error", (error) => admitted.destroy(error));
    reply.raw.once("close", () => {
      upload?.release();
      admitted.destroy();
      // The rest of a body that was refused is read and forgotten, so that its client gets to read why.
      payload.unpipe(admitted).resume();
    });
    return payload.pipe(admitted);
  }

  function requireStorer(viewer: Viewer): void {
    const refusal = refuseReader(viewer);
    if (refusal !== undefined) throw refusal;
  }

  /** Only a store is large. */
  function refuseReader({ scope }: Viewer): Refused | undefined {
    if (includesScope(scope, "write")) return;
    const message = `The body has more than the ${smallBytes} bytes that are allowed for what stores nothing, and this token may not store.`;
    return new Refused(413, "PAYLOAD_TOO_LARGE", message);
  }
}

function tooBusy(): Refused {
  const message =
    "The server receives too many large estimates at the moment, and this one was the slowest or the last of them; try again, with the same idempotency key. Nothing was stored.";
  return new Refused(503, "SERVICE_UNAVAILABLE", message, RETRY_AFTER_S);
}
