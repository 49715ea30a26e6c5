import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { RequestContext } from './context.js';
import { WORK } from './work.js';
import type { Viewer } from '../access/viewer.js';
import { Node, NODE_TYPES, type NodeType } from '../schema/node.types.js';

interface Finder {
  /** Null where there is none. */
  find(viewer: Viewer, id: string): Promise<object | null>;
}

/** What has an id, whatever it is: no two things have the same (https://relay.dev/graphql/objectidentification.htm). */
@Resolver()
export class NodeResolver {
  constructor(private readonly finders: Readonly<Record<NodeType, Finder>>) {}

  @Authorized('VIEWER')
  @Query(() => Node, { nullable: true, complexity: WORK.node, description: 'Null where nothing has that id.' })
  async node(@Ctx() { viewer }: RequestContext, @Arg('id', () => ID) id: string): Promise<object | null> {
    for (const __typename of NODE_TYPES) {
      const found = await this.finders[__typename].find(viewer, id);
      if (found) return { __typename, ...found };
    }
    return null;
  }
}
