/** What is stored could not be compared with the chain: nothing is known of it. */
export class NotVerified extends Error {
  override readonly name = "NotVerified";
}
