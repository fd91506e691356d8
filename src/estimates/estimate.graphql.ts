import type { GraphQLResolveInfo } from "graphql";
import {
  Ctx,
  createParameterDecorator,
  Field,
  FieldResolver,
  Info,
  InputType,
  type MiddlewareFn,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  UseMiddleware,
} from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import { requestedFields } from "../graphql/requested-fields.ts";
import {
  CurrencyScalar,
  DateTimeScalar,
  DecimalScalar,
  Float,
  Int,
  JsonObjectScalar,
  JsonScalar,
} from "../graphql/scalars.ts";
import { Job } from "../jobs/job.graphql.ts";
import { createJobReader, requireJob } from "../jobs/job-reader.ts";
import { UsageProfile } from "../jobs/usage-profile.ts";
import { NEW_ESTIMATE, type NewEstimate } from "./estimate.ts";
import type { ObjectType as Input, Field as InputField } from "./input-object.ts";
import { storeEstimate } from "./store-estimate.ts";

const GRAPHQL_TYPES = {
  text: String,
  code: String,
  amount: DecimalScalar,
  currency: CurrencyScalar,
  count: Int,
  score: Float,
  json: JsonScalar,
  jsonObject: JsonObjectScalar,
  dateTime: DateTimeScalar,
  profile: UsageProfile,
  boolean: Boolean,
};

const StoreEstimateInput = createInputType(NEW_ESTIMATE);

/** Creates the GraphQL input type of an input, and those of its fields. */
function createInputType({ name, description, fields }: Input): new () => object {
  const type = class {};
  for (const [field, definition] of Object.entries(fields)) {
    const graphqlType = graphqlTypeOf(definition);
    Field(() => graphqlType, {
      nullable: definition.optional === true,
      description: definition.description,
      ...("default" in definition && { defaultValue: definition.default }),
    })(type.prototype, field);
  }
  InputType(name, { description })(type);
  return type;
}

function graphqlTypeOf(field: InputField) {
  switch (field.kind) {
    case "list":
      return [createInputType(field.of)];
    case "object":
      return createInputType(field.of);
    default:
      return GRAPHQL_TYPES[field.kind];
  }
}

/**
 * Hides the argument from type-graphql, which copies each input object into an instance of its class. The copies of
 * 10,000 resources take 8 ms, and memory.
 */
const hideInput: MiddlewareFn<Context> = (call, next) => {
  call.args = { plain: call.args.input };
  return next();
};

/** The argument `input` as graphql-js parsed it. */
const PlainInput = createParameterDecorator<Context>(({ args }) => args.plain, {
  arg: {
    name: "input",
    typeFunc: () => StoreEstimateInput,
    options: { description: "The estimate and its origin." },
  },
});

@ObjectType({ simpleResolvers: true, description: "The stored job, and whether this call stored it." })
class StoreEstimatePayload {
  jobId!: string;

  @Field(() => Boolean, {
    description:
      "true: this call stored the job. false: an earlier call with the same idempotency key stored it.",
  })
  created!: boolean;
}

@Resolver(() => StoreEstimatePayload)
export class EstimatesResolver {
  @Costs({ work: 1_000 })
  @UseMiddleware(hideInput)
  @Mutation(() => StoreEstimatePayload, {
    description:
      "Stores an estimate permanently. The digits of all amounts are preserved. Discrepancies between amounts are stored as warnings on the job. Errors: BAD_USER_INPUT if the input is invalid, IDEMPOTENCY_CONFLICT if the key has stored another estimate or a job that retention has removed, FORBIDDEN if the token does not permit the store. Nothing is stored after an error.",
  })
  storeEstimate(
    @PlainInput input: NewEstimate,
    @Ctx() { db, viewer }: Context,
  ): Promise<StoreEstimatePayload> {
    return storeEstimate(db, viewer, input);
  }

  @FieldResolver(() => Job, { description: "The job that holds the estimate." })
  async job(
    @Root() { jobId }: StoreEstimatePayload,
    @Ctx() { loaders }: Context,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Pick<Job, "id">> {
    // The id is known. A statement would be a second round trip of a small store.
    const isKnown = requestedFields(info).every(({ name }) => name === "id" || name === "__typename");
    return isKnown ? { id: jobId } : requireJob(loaders(createJobReader), "job", jobId);
  }
}
