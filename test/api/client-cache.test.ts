import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { buildSchema, getNamedType, isListType, isNonNullType, isObjectType, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
const hasId = (type: GraphQLObjectType) => 'id' in type.getFields();

/** Objects that a field has one of, and that have no id: what of them is asked for twice is to be put together. */
function parts(): string[] {
  const found = new Set<string>();
  const follow = (type: GraphQLObjectType): void => {
    for (const field of Object.values(type.getFields())) {
      const part = getNamedType(field.type);
      const isList = isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
      if (isList || !isObjectType(part) || hasId(part) || found.has(part.name)) continue;
      found.add(part.name);
      follow(part);
    }
  };
  for (const type of objects) if (type === schema.getQueryType() || hasId(type)) follow(type);
  return [...found].filter((name) => !/Connection$|^PageInfo$/.test(name)).sort();
}

test('docs/clients.md names all that Apollo Client is to merge', () => {
  const [, list] = /const parts = (\[[^;]*\]);/.exec(readFileSync('docs/clients.md', 'utf8'))!;
  expect([...(runInNewContext(list!) as string[])].sort()).toEqual(parts());
});
