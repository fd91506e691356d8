/** The body of an answer to a request that GraphQL never saw, in GraphQL's shape. */
export function errorBody(code: string, message: string) {
  return { errors: [{ message, extensions: { code } }] };
}
