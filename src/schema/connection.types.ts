import { Field, ObjectType, type ClassType } from 'type-graphql';

@ObjectType({ simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

/** What the edges of a connection have. */
export function edgeOf<Node extends object>(node: ClassType<Node>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(() => node)
    node!: Node;
  }
  return Edge;
}

/** What connections have. @param order of the edges, where there is something to say of it */
export function connectionOf<Edge extends object>(edge: ClassType<Edge>, order?: string) {
  @ObjectType({ simpleResolvers: true })
  abstract class Connection {
    @Field(() => [edge], { description: order })
    edges!: readonly Edge[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;
  }
  return Connection;
}
