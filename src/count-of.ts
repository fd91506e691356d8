/** A number of things in words: "1 job", "2 jobs". @param many where the plural is not made with an s. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
