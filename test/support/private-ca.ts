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

/** Makes a CA, and with it the certificate of a server of this name. */
export async function privateCa(serverName: string): Promise<PrivateCa> {
  const ca = await generate([{ name: "commonName", value: "Private CA" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: serverName }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: { key: ca.private, cert: ca.cert },
  });
  const caFile = join(await scratchFolder(), "ca.pem");
  await writeFile(caFile, ca.cert);
  return { caFile, key: server.private, cert: server.cert };
}
