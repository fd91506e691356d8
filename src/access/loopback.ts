/** Whether an address is that of the loopback interface, as the value of HOST or the host of a URL. Used by three folders. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
