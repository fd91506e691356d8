import * as z from "zod";
import { isLoopback } from "./loopback.ts";
import { SCOPES } from "./viewer.ts";

/** The required value of a claim, or a list of them; `*` matches any characters except "/". */
const Required = z.union([z.string(), z.boolean(), z.number(), z.array(z.string()).min(1)]);

const Rule = z.strictObject({
  claims: z
    .record(z.string(), Required)
    .refine((claims) => Object.keys(claims).length > 0, "must name a claim"),
  scope: z.enum(SCOPES),
  /** "*": all projects; otherwise patterns, in which {claim} is replaced by the claim's value. */
  projects: z.union([z.literal("*"), z.array(z.string().min(1)).min(1)]),
  /** The user of the jobs, in which {claim} is replaced too. */
  user: z.string().min(1).optional(),
});

const Issuer = z.strictObject({
  issuer: z.string().refine(isSafeUrl, "must be an https URL (http is for this machine only)"),
  audience: z.string().min(1),
  /** The URL of the keys, for an issuer without a discovery document. */
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

/** An issuer whose JWTs are accepted, with their audience and the rules for their claims. */
export type OidcIssuer = Readonly<z.infer<typeof Issuer>>;

/** The permissions of a JWT with these claims. The first rule that matches is applied. */
export type ClaimRule = OidcIssuer["rules"][number];

/** The required value of a claim. */
export type RequiredClaim = z.infer<typeof Required>;

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
