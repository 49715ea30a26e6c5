import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/** Says of each query, mutation and subscription which role it needs, as its resolver has it. */
export function describeRoles(schema: GraphQLSchema): GraphQLSchema {
  const { queries, mutations, subscriptions } = getMetadataStorage();
  describe(schema.getQueryType(), queries);
  describe(schema.getMutationType(), mutations);
  describe(schema.getSubscriptionType(), subscriptions);
  return schema;
}

function describe(
  type: GraphQLObjectType | null | undefined,
  resolved: readonly { readonly schemaName: string; readonly roles?: readonly unknown[] | undefined }[],
): void {
  const fields = type?.getFields() ?? {};
  for (const { schemaName, roles } of resolved) {
    const field = fields[schemaName]!;
    field.description = `${field.description ? `${field.description}\n` : ''}Role: ${roles!.join(', ')}.`;
  }
}
