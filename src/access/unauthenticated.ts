import { DomainError } from "../errors.ts";

/** The refusal of a request that does not say who asks. */
export function refuseStranger(): DomainError {
  return new DomainError(
    "UNAUTHENTICATED",
    "A token is needed: send the header Authorization: Bearer TOKEN (the command line sends RESULTS_STORAGE_TOKEN).",
  );
}

/** The refusal of credentials that are no good. The message never holds them. */
export function refuseCredentials(message: string): DomainError {
  return new DomainError("UNAUTHENTICATED", message);
}
