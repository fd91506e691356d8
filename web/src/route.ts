/**
 * The routes of the page, in the fragment of the URL: `#/p/acme/shop?branch=main`. The whole state of a screen is in its
 * route, so that a link, the back button and a reload show the same.
 */

/** The name of a screen with the part of the path that identifies its object, and its parameters. */
export interface Route {
  readonly screen: string;
  /** The decoded rest of the path: the name of a project, an id, a pair of ids; "" for screens without an object. */
  readonly object: string;
  readonly params: URLSearchParams;
}

/** A screen shows the object and the parameters of its route. */
export type ScreenProps = Pick<Route, "object" | "params">;

/** Parses the fragment of a URL. A fragment without a path is the first screen. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = splitOnce(fragment.replace(/^#/, ""), "?");
  const [screen = "", object = ""] = splitOnce(path.replace(/^\//, ""), "/");
  return { screen, object: decoded(object), params: new URLSearchParams(query) };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A link that somebody typed can have an invalid escape sequence. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A parameter of a route; undefined and "" are left out. */
export type Params = Readonly<Record<string, string | undefined>>;

/** The fragment of a screen, for `href`. The slashes of a project stay readable. */
export function routeTo(screen: string, object = "", params: Params = {}): string {
  const path = object === "" ? screen : `${screen}/${encodeURIComponent(object).replaceAll("%2F", "/")}`;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  return `#/${path}${query.size > 0 ? `?${query}` : ""}`;
}

/** Changes parameters of the current route. Small changes of a view replace the entry of the history. */
export function setParams(changes: Params, { replace = false } = {}): void {
  const { screen, object, params } = parseRoute(location.hash);
  const target = routeTo(screen, object, { ...Object.fromEntries(params), ...changes });
  if (!replace) location.hash = target;
  else {
    history.replaceState(null, "", target);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

/** The items of a list in a parameter. The commas of an item are encoded. */
export function listOf(params: URLSearchParams, name: string): string[] {
  const text = params.get(name);
  return text === null || text === "" ? [] : text.split(",").map(decoded);
}

/** Adds an item to a list in a parameter of the current route, or removes it. */
export function toggleInList(name: string, item: string): void {
  const items = listOf(parseRoute(location.hash).params, name);
  const others = items.filter((other) => other !== item);
  const toggled = others.length < items.length ? others : [...items, item];
  setParams(
    { [name]: toggled.map((text) => text.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",") },
    { replace: true },
  );
}

/** The fragment of the current route with other parameters, for `href`. */
export function hrefWith({ screen, object = "", params }: Here, changes: Params): string {
  return routeTo(screen, object, { ...Object.fromEntries(params), ...changes });
}

/** A screen with its parameters. */
export interface Here {
  readonly screen: string;
  readonly object?: string;
  readonly params: URLSearchParams;
}
