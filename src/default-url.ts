/** Where the server is unless it is configured otherwise, and where commands look for it unless they are told. */
export const DEFAULT_URL = "http://127.0.0.1:8007";
