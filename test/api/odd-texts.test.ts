import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { numberedPng } from '../support/pictures.js';
import { startServer, type TestServer } from '../support/server.js';

const NO_ANSWER = ['INTERNAL', 'DATABASE_FAILED', 'GRAPHQL_INVALID'];

/** What Postgres takes in no text, or in no JSON. */
const ODD = { NUL: '\0', 'half a character': '\ud83d' };

const ERRORS = 'userErrors { code message }';

/** Everything that takes a text of a user's own, by name. */
const requests = (text: string, ids: { assetId: string; setId: string }): Record<string, [string, object]> => ({
  'the fields of an asset': [
    `mutation ($id: ID!, $input: AssetInput!) { updateAsset(id: $id, input: $input) { ${ERRORS} asset { title description tags } } }`,
    { id: ids.assetId, input: { title: `t${text}`, description: `d${text}`, tags: [`t${text}`] } },
  ],
  labels: [
    `mutation ($ids: [ID!]!, $labels: [String!]!) { addLabels(assetIds: $ids, labels: $labels) { ${ERRORS} } }`,
    { ids: [ids.assetId], labels: [`own${text}`] },
  ],
  'classified labels': [
    `mutation ($ids: [ID!]!, $labels: [String!]!) {
      labelAssets(assetIds: $ids, labels: $labels, templates: $labels) { ${ERRORS} } }`,
    { ids: [ids.assetId], labels: [`{} classified${text}`] },
  ],
  'a label set': [
    `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { ${ERRORS} } }`,
    {
      input: {
        name: `set${text}`,
        description: `d${text}`,
        templates: [`{}${text}`],
        labels: [{ name: `in the set${text}`, description: `d${text}`, prompts: [`p${text}`], synonyms: [`s${text}`] }],
      },
    },
  ],
  'a label of a set': [
    `mutation ($id: ID!, $labels: [LabelInput!]!) { createLabels(labelSetId: $id, labels: $labels) { ${ERRORS} } }`,
    { id: ids.setId, labels: [{ name: `one${text}`, parent: `two${text}` }, { name: `two${text}` }] },
  ],
  'an imported label set': [
    `mutation ($content: String!, $name: String) {
      importLabelSet(content: $content, name: $name, format: CSV) { ${ERRORS} } }`,
    { content: `name,description\nimported${text},d${text}\n`, name: `imported${text}` },
  ],
  'the filter of a classification': [
    `mutation ($id: ID!, $filter: AssetFilter) { classifyAssets(labelSetId: $id, filter: $filter) { ${ERRORS} } }`,
    { id: ids.setId, filter: { text: `a${text}`, labelsAny: [`a${text}`], not: { tagsAny: [`a${text}`] } } },
  ],
  'a collection': [
    `mutation ($input: CollectionInput!) { createCollection(input: $input) { ${ERRORS} } }`,
    { input: { name: `chosen${text}`, description: `d${text}` } },
  ],
  'a smart collection by text': [
    `mutation ($input: CollectionInput!) { createCollection(input: $input) { ${ERRORS} } }`,
    { input: { name: 'by text', query: { query: `a${text}`, not: [{ text: `b${text}` }] } } },
  ],
  'a smart collection by a filter': [
    `mutation ($input: CollectionInput!) { createCollection(input: $input) { ${ERRORS} } }`,
    { input: { name: 'by filter', query: { filter: { or: [{ mimeTypes: [`a${text}`] }] } } } },
  ],
  'a saved search': [
    `mutation ($name: String!, $search: SearchInput!) { createSavedSearch(name: $name, search: $search) { ${ERRORS} } }`,
    { name: `a${text}`, search: { query: `a${text}`, mode: 'KEYWORD' } },
  ],
  'the clues of a saved search': [
    `mutation ($search: SearchInput!) { createSavedSearch(name: "clues", search: $search) { ${ERRORS} } }`,
    { search: { query: 'a', like: [{ assetId: `a${text}` }] } },
  ],
  'the cover of a collection': [
    `mutation ($input: CollectionInput!) { createCollection(input: $input) { ${ERRORS} } }`,
    { input: { name: 'with a cover', coverId: `a${text}` } },
  ],
  'a webhook': [
    `mutation ($url: String!, $description: String) {
      createWebhook(url: $url, description: $description, events: [ASSET_READY]) { ${ERRORS} } }`,
    { url: `http://localhost/${text}`, description: `d${text}` },
  ],
  'a model to change to': [`mutation ($id: ID!) { changeModel(id: $id) { ${ERRORS} } }`, { id: `a${text}` }],
  'a model to drop': [`mutation ($id: ID!) { dropModel(id: $id) { ${ERRORS} } }`, { id: `a${text}` }],
  ids: [
    `mutation ($id: ID!, $ids: [ID!]!) {
      trashAssets(ids: $ids) { ${ERRORS} } restoreAssets(ids: $ids) { ${ERRORS} } retryAssets(ids: $ids) { ${ERRORS} }
      deleteAssets(ids: $ids) { ${ERRORS} } dismissDuplicates(ids: $ids) { ${ERRORS} } retryJobs(ids: $ids) { ${ERRORS} }
      deleteLabels(ids: $ids) { ${ERRORS} } mergeLabels(ids: $ids, intoId: $id) { ${ERRORS} }
      resolveDuplicates(keep: $id, trash: $ids) { ${ERRORS} } undoReview(batchId: $id) { ${ERRORS} }
      deleteCollection(id: $id) { ${ERRORS} } deleteSavedSearch(id: $id) { ${ERRORS} } deleteWebhook(id: $id) { ${ERRORS} }
      deleteLabelSet(id: $id) { ${ERRORS} } redeliver(ids: $ids) { ${ERRORS} } trainLabelSet(labelSetId: $id) { ${ERRORS} }
      addToCollection(id: $id, assetIds: $ids) { ${ERRORS} } cancelClassification(id: $id) { ${ERRORS} }
      reviewLabels(decisions: [{ assetId: $id, labelId: $id, state: ACCEPTED }]) { outcomes { __typename } } }`,
    { id: `a${text}`, ids: [`a${text}`, `b${text}`] },
  ],
  'ids to look up': [
    `query ($id: ID!) { asset(id: $id) { id } collection(id: $id) { id } savedSearch(id: $id) { id }
      labelSet(id: $id) { id } classification(id: $id) { id } exportLabelSet(id: $id, format: CSV) }`,
    { id: `a${text}` },
  ],
  'a search': [
    'query ($text: String!) { searchByText(query: $text) { edges { cursor } } }',
    { text: `a${text} "phrase${text}" -without${text}` },
  ],
  'the model of a search': [
    'query ($text: ID!) { searchByText(query: "a", model: $text) { edges { cursor } } }',
    { text: `a${text}` },
  ],
  'a random order': ['query ($text: String!) { randomAssets(seed: $text) { edges { cursor } } }', { text }],
  'a time zone': ['query ($text: String!) { timeline(timeZone: $text) { undatedCount } }', { text: `UTC${text}` }],
  'the words of clusters': [
    'query ($words: [String!]) { clusters(vocabulary: $words) { sampleSize } }',
    { words: [`a${text}`] },
  ],
});

describeOnEveryDatabase('texts that no database holds', (database) => {
  let server: TestServer;
  let ids: { assetId: string; setId: string };
  beforeAll(async () => {
    server = await startServer({ database });
    const [assetId] = await server.add([await numberedPng(1)]);
    const { createLabelSet } = await server.data(
      'mutation { createLabelSet(input: { name: "first", labels: [{ name: "first" }] }) { labelSet { id } } }',
    );
    ids = { assetId: assetId!, setId: createLabelSet.labelSet.id as string };
  });
  afterAll(() => server.close());

  const cases = Object.entries(ODD).flatMap(([what, text]) =>
    Object.keys(requests('', { assetId: '', setId: '' })).map((name) => [what, name, text] as const),
  );
  test.each(cases)('%s in %s is an answer or a refusal', async (_, name, text) => {
    const { data, errors = [] } = await server.gql(...requests(text, ids)[name]!);
    for (const { extensions, message } of errors) expect(NO_ANSWER, message).not.toContain(extensions.code);
    const refusals = Object.values(
      (data ?? {}) as Record<string, { userErrors?: { code: string; message: string }[] } | null>,
    ).flatMap((outcome) => outcome?.userErrors ?? []);
    for (const { code, message } of refusals) expect(NO_ANSWER, message).not.toContain(code);
  });

  test('a long name is not cut within a character', async () => {
    const [outcome] = await server.upload([{ ...(await numberedPng(2)), name: `${'📷'.repeat(200)}.png` }]);
    expect(outcome.asset.originalName).toBe(`${'📷'.repeat(117)}${'📷'.repeat(8)}.png`);
  });

  test('nor within one that is several joined', async () => {
    const astronaut = '👩🏾\u200D🚀';
    const [outcome] = await server.upload([{ ...(await numberedPng(3)), name: `${astronaut.repeat(60)}.png` }]);
    expect(outcome.asset.originalName).toBe(`${astronaut.repeat(33)}${astronaut.repeat(2)}.png`);
  });

  test('none of it is stored', async () => {
    const stored =
      await server.data(`{ assets(orderBy: { field: UPLOADED_AT, direction: ASC }) { edges { node { title description tags labels { name } } } }
      collections { edges { node { name description query } } } savedSearches { edges { node { name arguments } } }
      labelSets { name description templates labels { name description prompts synonyms } } webhooks { url description } }`);
    expect(JSON.stringify(stored)).not.toMatch(/\\\\u0000|\\\\ud83d|\\ufffd|�/i);
    expect(stored.assets.edges[0].node).toEqual({ title: null, description: null, tags: [], labels: [] });
    expect(stored.labelSets.flatMap(({ labels }: { labels: { name: string }[] }) => labels)).toMatchObject([
      { name: 'first' },
    ]);
    expect(stored).toMatchObject({ collections: { edges: [] }, savedSearches: { edges: [] }, webhooks: [] });
  });

  test.each<[string, string, (text: string) => object, number]>([
    [
      'a title',
      `mutation ($id: ID!, $title: String) { updateAsset(id: $id, input: { title: $title }) { ${ERRORS} } }`,
      (title) => ({ id: ids.assetId, title }),
      500,
    ],
    [
      'a description',
      `mutation ($id: ID!, $text: String) { updateAsset(id: $id, input: { description: $text }) { ${ERRORS} } }`,
      (text) => ({ id: ids.assetId, text }),
      10_000,
    ],
    [
      'a query',
      'query ($query: String!) { searchByText(query: $query) { edges { cursor } } }',
      (query) => ({ query }),
      1000,
    ],
    ['a seed', 'query ($seed: String!) { randomAssets(seed: $seed) { edges { cursor } } }', (seed) => ({ seed }), 200],
    [
      'a prompt',
      `mutation ($id: ID!, $name: String!, $prompt: String!) {
        createLabels(labelSetId: $id, labels: [{ name: $name, prompts: [$prompt] }]) { ${ERRORS} } }`,
      (prompt) => ({ id: ids.setId, name: `prompt ${prompt.length}`, prompt }),
      300,
    ],
    [
      'a template',
      `mutation ($id: ID!, $template: String!) { updateLabelSet(id: $id, input: { templates: [$template] }) { ${ERRORS} } }`,
      (text) => ({ id: ids.setId, template: `{}${text.slice(4)}` }),
      300,
    ],
    [
      'the description of a set',
      `mutation ($id: ID!, $text: String!) { updateLabelSet(id: $id, input: { description: $text }) { ${ERRORS} } }`,
      (text) => ({ id: ids.setId, text }),
      2000,
    ],
  ])('an accent is no character of its own in %s, wherever it stands', async (_, request, variables, most) => {
    const apart = 'e\u0301'.repeat(most);
    expect(await server.gql(request, variables(apart))).not.toHaveProperty('errors');
    const { errors } = await server.gql(request, variables(`${apart}e\u0301`));
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  });

  test.each(['a collection', 'the fields of an asset'])(
    'very many accents on one letter are refused in %s',
    async (name) => {
      const accents = '\u0301\u0323'.repeat(200_000);
      const { errors } = await server.gql(...requests(accents, ids)[name]!);
      expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
    },
  );

  test.each<[string, string, string, (name: string) => object]>([
    [
      'a tag',
      'a tag',
      `mutation ($id: ID!, $name: String!) { updateAsset(id: $id, input: { tags: ["seen", $name] }) { ${ERRORS} } }`,
      (name) => ({ id: ids.assetId, name }),
    ],
    [
      'a label',
      'a label',
      `mutation ($id: ID!, $name: String!) { addLabels(assetIds: [$id], labels: [$name]) { ${ERRORS} } }`,
      (name) => ({ id: ids.assetId, name }),
    ],
    [
      'a synonym',
      'a synonym',
      `mutation ($input: LabelSetInput!) { createLabelSet(input: $input) { ${ERRORS} } }`,
      (name) => ({ input: { name: `of ${name}`, labels: [{ name: 'one', synonyms: [name] }] } }),
    ],
    [
      'a collection',
      'name',
      `mutation ($name: String!) { createCollection(input: { name: $name }) { ${ERRORS} } }`,
      (name) => ({ name }),
    ],
    [
      'a saved search',
      'name',
      `mutation ($name: String!) { createSavedSearch(name: $name, search: { query: "a" }) { ${ERRORS} } }`,
      (name) => ({ name }),
    ],
    [
      'a label set',
      'a label set',
      `mutation ($name: String!) { createLabelSet(input: { name: $name }) { ${ERRORS} } }`,
      (name) => ({ name }),
    ],
  ])('of %s a name that shows nothing is refused, and one with joiners is not', async (_, what, request, variables) => {
    for (const unseen of ['\u200B', '\u200F', '\u2063\uFE0F', ' \u00AD ', '\u3164', '\u2800']) {
      const { errors } = await server.gql(request, variables(unseen));
      expect(errors?.[0]?.message).toContain(`expected a character that can be seen for ${what}, received`);
    }
    for (const seen of ['👩🏾‍🚀', 'می‌خواهم', '❤️', '±'])
      expect(await server.gql(request, variables(seen))).not.toHaveProperty('errors');
  });
});
