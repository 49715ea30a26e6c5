import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { bytesOf, numbered } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const SET = `mutation ($name: String!) {
  createLabelSet(input: { name: $name, labels: [{ name: "Jaguar" }, { name: "Beetle" }] }) {
    labelSet { id labels { id name } } } }`;
const DECIDE = `mutation ($decisions: [LabelDecision!]!) {
  reviewLabels(decisions: $decisions) { outcomes { __typename } } }`;
const ADD = `mutation ($ids: [ID!]!) { addLabels(assetIds: $ids, labels: ["jaguar"]) { assets { labels { labelId } } } }`;
const FIND = `query ($filter: AssetFilter) {
  list: assets(filter: $filter) { totalCount edges { node { originalName } } }
  words: searchByText(query: "title", mode: KEYWORD, filter: $filter) { edges { node { originalName } } }
  meaning: searchByText(query: "a colour", mode: SEMANTIC, filter: $filter) { edges { node { originalName } } }
  facets(filter: $filter, of: [TAG]) { values { value count } } }`;
const KEEP = `mutation ($name: String!, $filter: AssetFilter!) {
  createCollection(input: { name: $name, query: { filter: $filter } }) {
    collection { assets { edges { node { originalName } } } } userErrors { code } }
  createSavedSearch(name: $name, search: { query: "title", mode: KEYWORD, filter: $filter }) {
    savedSearch { results { edges { node { originalName } } } } userErrors { code } } }`;

const NAMES = ['cat', 'car', 'drink', 'beetle', 'nothing'] as const;
type Name = (typeof NAMES)[number];

describeOnEveryDatabase('labels of one name in two sets and in none', (database) => {
  let server: TestServer;
  /** Of labels and sets, by what they are called here. */
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    server = await startServer({ database });
    const assets = {} as Record<Name, string>;
    for (const [index, name] of NAMES.entries()) {
      const bytes = await bytesOf(numbered(index).png());
      const [id] = await server.add([{ name, bytes }], { title: `Title of it`, tags: [name] });
      assets[name] = id!;
    }
    for (const name of ['animals', 'vehicles', 'gone']) {
      const { labelSet } = (await server.data(SET, { name })).createLabelSet;
      const of = (label: string) => labelSet.labels.find((each: { name: string }) => each.name === label).id;
      ids[name] = labelSet.id;
      ids[`${name} jaguar`] = of('Jaguar');
      ids[`${name} beetle`] = of('Beetle');
    }
    const decide = (assetId: string, label: string, state: string) => ({ assetId, labelId: ids[label], state });
    const decisions = [
      decide(assets.cat, 'animals jaguar', 'ACCEPTED'),
      decide(assets.cat, 'vehicles jaguar', 'REJECTED'),
      decide(assets.car, 'vehicles jaguar', 'ACCEPTED'),
      decide(assets.beetle, 'animals beetle', 'ACCEPTED'),
      decide(assets.nothing, 'gone jaguar', 'ACCEPTED'),
    ];
    const { outcomes } = (await server.data(DECIDE, { decisions })).reviewLabels;
    expect(new Set(outcomes.map((outcome: { __typename: string }) => outcome.__typename))).toEqual(
      new Set(['ReviewedLabel']),
    );
    const { addLabels } = await server.data(ADD, { ids: [assets.drink] });
    ids['free jaguar'] = addLabels.assets[0].labels[0].labelId;
    await server.data('mutation ($id: ID!) { deleteLabelSet(id: $id) { userErrors { code } } }', { id: ids['gone'] });
    await server.waitUntilProcessed();
  });
  afterAll(() => server.close());

  const label = (of: string, more: object = {}) => ({ labels: [{ labelId: ids[of], ...more }] });
  const set = (of: string, more: object = {}) => ({ labels: [{ labelSetId: ids[of], ...more }] });
  const JAGUAR = { labels: [{ name: 'JAGUAR' }] };
  const cases: [string, () => object, Name[]][] = [
    ['a name, whatever the set', () => JAGUAR, ['cat', 'car', 'drink']],
    ['a label of a set', () => label('animals jaguar'), ['cat']],
    ['the other of its name', () => label('vehicles jaguar'), ['car']],
    ['where that was rejected', () => label('vehicles jaguar', { states: ['REJECTED'] }), ['cat']],
    ['that of no set', () => label('free jaguar'), ['drink']],
    ['a set', () => set('animals'), ['cat', 'beetle']],
    ['a name in a set', () => set('animals', { name: 'jaguar' }), ['cat']],
    ['a name in a set that has none of it', () => set('vehicles', { name: 'Beetle' }), []],
    ['a name in a set, or in another', () => ({ or: ['animals', 'vehicles'].map((of) => set(of, { name: 'jaguar' })) }), ['cat', 'car']], // prettier-ignore
    ['a label and its set', () => label('animals jaguar', { labelSetId: ids['animals'] }), ['cat']],
    ['a label and another set', () => label('animals jaguar', { labelSetId: ids['vehicles'] }), []],
    ['a label and another name', () => label('animals jaguar', { name: 'beetle' }), []],
    ['a set, and a name whatever the set', () => ({ labels: [...set('animals').labels, ...JAGUAR.labels] }), ['cat']],
    ['not a set', () => ({ not: set('animals') }), ['car', 'drink', 'nothing']],
    ['a set and a probability', () => set('vehicles', { minProbability: 1 }), ['car']],
    ['a label that is gone', () => label('gone jaguar'), []],
    ['a set that is gone', () => set('gone'), []],
    ['ids of nothing', () => ({ labels: [{ labelId: 'x' }, { labelSetId: randomUUID() }] }), []],
  ];
  test.each(cases)('%s: in lists, searches, facets, smart collections and saved searches', async (name, of, found) => {
    const filter = of();
    const namesOf = ({ edges }: { edges: { node: { originalName: string } }[] }) =>
      edges.map(({ node }) => node.originalName).sort();
    const { list, words, meaning, facets } = await server.data(FIND, { filter });
    const { createCollection, createSavedSearch } = await server.data(KEEP, { name, filter });
    expect([createCollection.userErrors, createSavedSearch.userErrors]).toEqual([[], []]);
    const { assets } = createCollection.collection;
    for (const each of [list, words, meaning, assets, createSavedSearch.savedSearch.results])
      expect(namesOf(each)).toEqual(found.toSorted());
    expect(list.totalCount).toBe(found.length);
    expect(facets[0].values.map(({ value }: { value: string }) => value).sort()).toEqual(found.toSorted());
  });
});
