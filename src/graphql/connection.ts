import { ArgsType, type ClassType, Field, ObjectType } from "type-graphql";
import { type Cursor, encodeCursor, type PageArguments, type PageOf } from "../lib/page.ts";
import { Costs } from "./costs.ts";
import { Int } from "./scalars.ts";

@ObjectType({ simpleResolvers: true, description: "Where a page stands in its list." })
class PageInfo {
  @Field(() => Boolean, {
    description:
      "Whether the list goes on after this page; of a page with `first` and `before`: whether it does before that cursor.",
  })
  hasNextPage!: boolean;

  @Field(() => Boolean, {
    description:
      "Whether the list has rows before this page; of a page with `last` and `after`: whether it does behind that cursor.",
  })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "The first row's cursor, to page back with `before`." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "The last row's cursor, to go on with `after`." })
  endCursor!: string | null;
}

/** A row of a connection with its cursor. */
interface Edge<Node> {
  cursor: string;
  node: Node;
}

/** A page of a list as GraphQL answers it. What has a price is a function, which is called when it is asked for. */
export interface Connection<Node> {
  readonly nodes: readonly Node[];
  /** A cursor for each row: 3 % of a list of 50 jobs. */
  readonly edges: () => Edge<Node>[];
  readonly pageInfo: () => PageInfo;
  /** A query of its own. */
  readonly totalCount: () => Promise<number>;
}

/** Makes the GraphQL types of a connection: `${name}Edge`, and the base of `${name}Connection`. */
export function connectionTypes<Node extends object>(name: string, node: () => ClassType<Node>) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `A ${name} in a list, with its cursor.` })
  class EdgeType implements Edge<Node> {
    @Field(() => String, { description: "Where this row stands in the list; opaque." })
    cursor!: string;

    @Field(node, { description: "The row itself." })
    node!: Node;
  }

  @ObjectType({ simpleResolvers: true })
  abstract class ConnectionType implements Connection<Node> {
    @Costs({ items: "page" })
    @Field(() => [EdgeType], { description: "The rows of this page, each with its cursor." })
    edges!: () => EdgeType[];

    @Costs({ items: "page" })
    @Field(() => [node()], { description: "The rows of this page." })
    nodes!: readonly Node[];

    @Field(() => PageInfo, { description: "Where this page stands in the list." })
    pageInfo!: () => PageInfo;

    @Costs({ work: 100 })
    @Field(() => Int, { description: "How many rows the whole list has. Counted only when asked for." })
    totalCount!: () => Promise<number>;
  }
  return ConnectionType;
}

/** Puts a page of rows into the shape of a connection. */
export function connectionOf<Node>(
  page: PageOf<Node>,
  cursorOf: (node: Node) => Cursor,
  totalCount: () => Promise<number>,
): Connection<Node> {
  const { rows, hasNextPage, hasPreviousPage } = page;
  const cursor = (node: Node) => encodeCursor(cursorOf(node));
  const [first, last] = [rows.at(0), rows.at(-1)];
  return {
    nodes: rows,
    edges: () => rows.map((node) => ({ cursor: cursor(node), node })),
    pageInfo: () => ({
      hasNextPage,
      hasPreviousPage,
      startCursor: first === undefined ? null : cursor(first),
      endCursor: last === undefined ? null : cursor(last),
    }),
    totalCount,
  };
}

@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: "How many rows from the beginning (or from `after`)." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only rows after this cursor." })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many rows from the end (or up to `before`); instead of `first`.",
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only rows before this cursor." })
  before?: string | null;
}
