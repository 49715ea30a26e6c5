/** A client of the API over HTTP; its connection is kept alive. */
export class Client {
  #url;

  constructor(url) {
    this.#url = `${url}/graphql`;
  }

  /** The first `first` assets that fit a text, with what a grid of pictures shows of them. */
  async searchByText({ query, mode, filter, first, after }) {
    const document = `query ($query: String!, $mode: SearchMode! = HYBRID, $filter: AssetFilter, $first: Int, $after: String) {
      searchByText(query: $query, mode: $mode, filter: $filter, first: $first, after: $after) {
        edges { score cursor node { id originalName width height rendition(size: THUMBNAIL) { url width height } } }
        pageInfo { endCursor hasNextPage }
      }
    }`;
    return (await this.#query(document, { query, mode, filter, first, after })).searchByText;
  }

  async assets({ filter, first }) {
    const document = `query ($filter: AssetFilter, $first: Int) {
      assets(filter: $filter, first: $first) {
        edges { node { id originalName width height rendition(size: THUMBNAIL) { url width height } } }
        totalCount
      }
    }`;
    return (await this.#query(document, { filter, first })).assets;
  }

  async zeroShotClassify({ assetId, labels, multiLabel }) {
    const document = `query ($assetId: ID!, $labels: [String!]!, $multiLabel: Boolean!) {
      zeroShotClassify(assetId: $assetId, labels: $labels, multiLabel: $multiLabel) { label probability }
    }`;
    return (await this.#query(document, { assetId, labels, multiLabel })).zeroShotClassify;
  }

  /** All groups of near duplicates. */
  async duplicateGroups({ threshold }) {
    const document = `query ($threshold: Float!, $after: String) {
      duplicateGroups(kind: NEAR, threshold: $threshold, first: 200, after: $after) {
        edges { node { keeper { originalName } duplicates { asset { originalName } } } }
        pageInfo { endCursor hasNextPage }
      }
    }`;
    const groups = [];
    for (let after, hasNext = true; hasNext;) {
      const { edges, pageInfo } = (await this.#query(document, { threshold, after })).duplicateGroups;
      groups.push(...edges.map(({ node }) => node));
      [after, hasNext] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    return groups;
  }

  /** @param files each with a name and a Blob; all of them must be taken */
  async upload(files) {
    const document = `mutation ($files: [Upload!]!) { uploadAssets(files: $files) { __typename } }`;
    const form = new FormData();
    form.set('operations', JSON.stringify({ query: document, variables: { files: files.map(() => null) } }));
    form.set('map', JSON.stringify(Object.fromEntries(files.map((_, index) => [index, [`variables.files.${index}`]]))));
    files.forEach(({ name, blob }, index) => form.set(String(index), blob, name));
    const headers = { 'Apollo-Require-Preflight': 'true' };
    const { uploadAssets } = await answerOf(await fetch(this.#url, { method: 'POST', headers, body: form }));
    const bad = uploadAssets.find(({ __typename }) => __typename !== 'UploadedAsset');
    if (bad) throw new Error(`expected UploadedAsset, received ${bad.__typename}`);
  }

  async changeModel(id) {
    const document = `mutation ($id: ID!) { changeModel(id: $id) { userErrors { message } } }`;
    const { userErrors } = (await this.#query(document, { id })).changeModel;
    if (userErrors.length > 0) throw new Error(userErrors[0].message);
  }

  /** The id of the model that answers. */
  async activeModel() {
    return (await this.#query('{ models { id state } }')).models.find(({ state }) => state === 'ACTIVE').id;
  }

  /** Milliseconds that a call takes, until its answer is parsed. */
  async timed(call) {
    const begin = performance.now();
    await call();
    return performance.now() - begin;
  }

  async #query(query, variables) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query, variables });
    return answerOf(await fetch(this.#url, { method: 'POST', headers, body }));
  }
}

async function answerOf(response) {
  const { data, errors } = await response.json();
  if (errors) throw new Error(`expected an answer, received ${JSON.stringify(errors)}`);
  return data;
}
