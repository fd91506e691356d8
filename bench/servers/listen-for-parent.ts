import type { Server } from "node:http";

/** Listens at the port that the bench chose, tells the bench so, and ends with it. */
export function listenForParent(server: Server): void {
  process.on("disconnect", () => process.exit());
  server.listen(Number(process.env.PORT), "127.0.0.1", () => process.send?.("listening"));
}
