/**
 * The API token of this tab. It is in sessionStorage: it ends with the tab, and no request of another page can use it,
 * as it could use a cookie. The explorer uses it too.
 */

const TOKEN_KEY = "results-storage token";

/** The API token of this tab; null: requests have no credentials. */
export function storedToken(): string | null {
  return sessionStorage.getItem(TOKEN_KEY);
}

/** Stores or removes the token, and reloads the page, so that no answer for the previous token is left. */
export function setToken(token: string | null): void {
  if (token === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
  location.reload();
}

/** The headers of every request. */
export function credentials(): Record<string, string> {
  const token = storedToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
