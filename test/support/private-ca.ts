import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import { scratchFolder } from "./scratch-folder.ts";

/** A CA that no machine trusts, and a server certificate that it has signed. */
export interface PrivateCa {
  /** The CA's certificate, as a PEM file. */
  readonly caFile: string;
  /** The server's private key and certificate, as PEM. */
  readonly key: string;
  readonly cert: string;
}

/** Makes a CA, and with it the certificate of a server that has these names. */
export async function privateCa(...serverNames: readonly string[]): Promise<PrivateCa> {
  const ca = await generate([{ name: "commonName", value: `CA of ${serverNames.join()}` }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "server" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: "subjectAltName", altNames: serverNames.map((value) => ({ type: 2, value })) }],
  });
  const caFile = join(await scratchFolder(), "ca.pem");
  await writeFile(caFile, ca.cert);
  return { caFile, key: server.private, cert: server.cert };
}
