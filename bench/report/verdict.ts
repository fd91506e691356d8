/** What is said of a mark. */
export function verdict(holds: boolean): string {
  return holds ? "met" : "missed";
}
