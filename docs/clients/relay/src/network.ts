interface Options {
  readonly url: string;
  readonly token: () => string;
  /** The content of persisted-queries.json, which relay-compiler writes: the texts by hash. */
  readonly texts: Readonly<Record<string, string>>;
}

/** The operation, as Relay passes it: RequestParameters of relay-runtime. */
interface Operation {
  readonly id: string | null;
  readonly operationKind: string;
}

/** An error of the service, with its codes. */
export class RequestFailed extends Error {
  readonly codes: readonly string[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors.map(({ message }) => message).join("\n"));
    this.codes = errors.map(({ extensions }) => extensions.code);
  }
}

interface GraphQLError {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

interface Answer {
  readonly data?: object;
  readonly errors?: readonly GraphQLError[];
}

/** The service answers a URL and headers of more than 16 KB with 431. */
const MAX_SEARCH_LENGTH = 4_000;

/**
 * The function for Network.create: queries by GET with a hash, and by POST with the text if the hash is unknown or the
 * variables are long.
 */
export function createFetch({ url, token, texts }: Options) {
  const send = async (search: string, options: RequestInit): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
    const response = await fetch(`${url}${search}`, { ...options, headers });
    return (await response.json()) as Answer;
  };

  return async ({ id, operationKind }: Operation, variables: object) => {
    const hash = id ?? "";
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    const sendText = () =>
      send("", { method: "POST", body: JSON.stringify({ query: texts[hash], variables, extensions }) });
    const search = new URLSearchParams({
      variables: JSON.stringify(variables),
      extensions: JSON.stringify(extensions),
    }).toString();
    const isByGet = operationKind === "query" && search.length <= MAX_SEARCH_LENGTH;
    let answer = await (isByGet ? send(`?${search}`, {}) : sendText());
    if (answer.errors?.some(({ extensions: { code } }) => code === "PERSISTED_QUERY_NOT_FOUND")) {
      answer = await sendText();
    }
    if (answer.errors) throw new RequestFailed(answer.errors);
    return answer;
  };
}
