import * as z from "zod";
import { isLoopback } from "./loopback.ts";
import { SCOPES } from "./viewer.ts";

/** A claim must have this value, or one of these; `*` stands for any characters but "/". */
const Expected = z.union([z.string(), z.boolean(), z.number(), z.array(z.string()).min(1)]);

const Rule = z.strictObject({
  claims: z
    .record(z.string(), Expected)
    .refine((claims) => Object.keys(claims).length > 0, "must name a claim"),
  scope: z.enum(SCOPES),
  /** "*" is all projects; else patterns in which {claim} stands for the claim's value. */
  projects: z.union([z.literal("*"), z.array(z.string().min(1)).min(1)]),
  /** Whose workload it is, with {claim} as well. */
  user: z.string().min(1).optional(),
});

const Issuer = z.strictObject({
  issuer: z.string().refine(isSafeUrl, "must be an https URL (http is for this machine only)"),
  audience: z.string().min(1),
  /** Where the keys are, for an issuer without a discovery document. */
  jwksUri: z.string().refine(isSafeUrl, "must be an https URL (http is for this machine only)").optional(),
  rules: z.array(Rule).min(1),
});

/** The value of OIDC_ISSUERS. */
export const OidcIssuers = z.array(Issuer).superRefine((issuers, context) => {
  const names = issuers.map(({ issuer }) => issuer);
  if (new Set(names).size < names.length) {
    context.addIssue({ code: "custom", message: "must name each issuer once, with all its rules" });
  }
});

/** Whose JWTs are accepted, for whom they were made, and what they are good for. */
export type OidcIssuer = Readonly<z.infer<typeof Issuer>>;

/** What a JWT with these claims is good for. The first rule that fits counts. */
export type ClaimRule = OidcIssuer["rules"][number];

/** A claim's expected value in a rule. */
export type ExpectedClaim = z.infer<typeof Expected>;

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
