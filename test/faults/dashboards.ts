/** Dashboards that send one query after the other, and the results. */
export interface Dashboards {
  /** How often each answer came: "ok", an error's code, or "no answer". */
  readonly answers: ReadonlyMap<string, number>;
  /** When the last "ok" came, as Date.now() tells it. */
  readonly lastAt: number;
  stop(): Promise<void>;
}

const QUERY = `{
  jobs(first: 20) { totalCount nodes { id totalMonthlyCost services { service totalMonthlyCost } previous { id } } }
}`;

/** Starts a number of dashboards at a server, whose address may change with a restart. */
export function keepAsking(dashboards: number, url: () => string): Dashboards {
  const answers = new Map<string, number>();
  let stopped = false;
  let lastAt = 0;

  async function dashboard(): Promise<void> {
    while (!stopped) {
      const answer = await ask(url(), QUERY);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer === "ok") lastAt = Date.now();
      else await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  const all = Promise.all(Array.from({ length: dashboards }, dashboard));
  return {
    answers,
    get lastAt() {
      return lastAt;
    },
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

/** Sends a query, and returns "ok", the code of its error, or "no answer" when there was none. */
export async function ask(url: string, query: string, signal?: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
      ...(signal && { signal }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors?.[0]?.extensions.code ?? "ok";
  } catch {
    return "no answer";
  }
}

/** What /health/ready says. */
export async function readiness(url: string): Promise<string> {
  const response = await fetch(`${url}/health/ready`);
  const { status } = (await response.json()) as { status: string };
  return `${response.status} ${status}`;
}
