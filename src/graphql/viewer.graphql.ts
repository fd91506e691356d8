import { Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import type { Scope } from "../access/viewer.ts";
import { markChangeable } from "../database/recorded-reads.ts";
import type { Context } from "./context.ts";
import { Costs } from "./costs.ts";
import { registerEnum } from "./scalars.ts";

const TokenScopeEnum = registerEnum<Uppercase<Scope>>(
  "TokenScope",
  "The permitted operations of a token. Each scope includes the ones before it.",
  {
    READ: "Queries and exports.",
    WRITE: "Stores of estimates.",
    ADMIN: "Exclusions of jobs.",
  },
);

/** A pipeline has the two patterns of its project: the name, and all projects below. */
const TYPICAL_PROJECTS = 2;

@ObjectType("Viewer", {
  simpleResolvers: true,
  description: "The caller of the request, as its credentials identify it.",
})
class ViewerType {
  @Field(() => String, {
    description:
      'The name of the API token, or the subject of the JWT. "anyone" if the server requires no tokens.',
  })
  name!: string;

  @Field(() => TokenScopeEnum, {
    description: "The permitted operations. ADMIN if the server requires no tokens.",
  })
  scope!: Uppercase<Scope>;

  @Costs({ items: TYPICAL_PROJECTS })
  @Field(() => [String], {
    nullable: true,
    description:
      'The projects whose jobs the caller can read and store: names, and patterns such as "acme/*" for all projects below acme. null: all jobs, also those without a project.',
  })
  projects!: readonly string[] | null;
}

@Resolver()
export class ViewerResolver {
  @Query(() => ViewerType, {
    description:
      "The caller of this request. It shows a client the permissions of its token. Error: UNAUTHENTICATED without valid credentials, as for every query.",
  })
  viewer(@Ctx() { viewer: { name, scope, projects }, db }: Context): ViewerType {
    // The response cache shares responses between viewers with the same projects.
    markChangeable(db);
    return { name, scope: SCOPE_VALUES[scope], projects: projects ?? null };
  }
}

const SCOPE_VALUES: Readonly<Record<Scope, Uppercase<Scope>>> = {
  read: "READ",
  write: "WRITE",
  admin: "ADMIN",
};
