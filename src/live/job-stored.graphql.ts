import {
  Args,
  ArgsType,
  Field,
  ObjectType,
  Resolver,
  Root,
  type SubscribeResolverData,
  Subscription,
} from "type-graphql";
import { Costs } from "../graphql/costs.ts";
import { Job } from "../jobs/job.graphql.ts";
import { JobFilter } from "../jobs/job-filter.graphql.ts";
import { EVENTS_PER_BATCH, type EventBatch, type JobStoredEvent, type StreamContext } from "./job-events.ts";

@ObjectType("JobStoredEvent", {
  simpleResolvers: true,
  description: "A stored job, or the position of the stream.",
})
class JobStoredEventType implements JobStoredEvent {
  @Field(() => String, {
    description:
      "The position of the stream, past the jobs that the filter or the token leaves out. Opaque; it is the argument `after` of a stream that continues here, on any server.",
  })
  cursor!: string;

  @Field(() => Job, {
    nullable: true,
    description:
      "The stored job; null: the event has only the cursor. Such an event is the first one, at once, and follows whenever there was no event for a while (at least once a minute).",
  })
  job!: Job | null;

  @Field(() => Boolean, {
    description:
      "true, in the first event only: events are missing between `after` and this event, because `after` is no cursor of this database, or is more than 10,000 entries old. Load again what is shown.",
  })
  isGap!: boolean;

  @Field(() => Boolean, {
    description:
      "Whether stored jobs arrive. false: no server seals jobs (SEAL_INTERVAL_SECONDS=0), so that no job becomes an event.",
  })
  isLive!: () => boolean | Promise<boolean>;
}

@ArgsType()
class JobStoredArgs {
  @Field(() => JobFilter, { nullable: true, description: "The conditions on the jobs. Default: all jobs." })
  filter?: JobFilter | null;

  @Field(() => String, {
    nullable: true,
    description:
      "The cursor of an event, to continue after it. Default: only jobs that are sealed from now on.",
  })
  after?: string | null;
}

/** The type of `subscribe` has no parameters of types. */
type SubscriptionStart = SubscribeResolverData<unknown, JobStoredArgs, StreamContext>;

@Resolver()
export class JobStoredResolver {
  @Costs({ items: EVENTS_PER_BATCH })
  @Subscription(() => JobStoredEventType, {
    description:
      "Every stored job that the token may see and that matches, in the order of the chain of seals, soon after it is sealed. A job that is purged before it was sent is left out. Exclusions are no events. Subscribe at /graphql/stream.",
    subscribe: ({ args, context }: SubscriptionStart): Promise<AsyncIterable<EventBatch>> =>
      context.jobEvents.subscribe(args, context),
  })
  jobStored(@Root() event: JobStoredEvent, @Args(() => JobStoredArgs) _args: JobStoredArgs): JobStoredEvent {
    return event;
  }
}
