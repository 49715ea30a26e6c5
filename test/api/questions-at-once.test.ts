import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { LabelScorers } from '#dist/labelling/label-scorers.js';
import { Turns } from '#dist/turns.js';
import { bytesOf, numbered, numberedPng } from '../support/pictures.js';
import { multipartForm, startServer, type GraphQLAnswer, type TestServer, type Upload } from '../support/server.js';

const CLASSIFY = `query ($id: ID!, $labels: [String!], $templates: [String!]) {
  zeroShotClassify(assetId: $id, labels: $labels, templates: $templates, topK: 1) { label } }`;
const SIMILAR = 'query ($image: Upload) { similarImages(image: $image) { edges { score } } }';

describe('questions that are asked at once', () => {
  let server: TestServer;
  let large: Upload;
  beforeAll(async () => {
    server = await startServer();
    large = { name: 'large.jpg', bytes: await bytesOf(numbered(1, { width: 8_000, height: 7_000 }).jpeg()) };
  });
  afterAll(() => server.close());

  async function ask(image: Upload, signal?: AbortSignal): Promise<GraphQLAnswer> {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'apollo-require-preflight': 'true' },
      body: multipartForm(SIMILAR, { image: null }, { image }),
      ...(signal && { signal }),
    });
    return { status: response.status, ...((await response.json()) as Omit<GraphQLAnswer, 'status'>) };
  }

  test('about large pictures have them decoded one by one, wait in a short queue, and keep nobody else waiting', async () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const turns = vi.spyOn(Turns.prototype, 'take').mockImplementationOnce(function <T>(
      this: Turns,
      work: () => Promise<T>,
    ): Promise<T> {
      return this.take(() => gate.then(work));
    });
    onTestFinished(() => {
      open();
      turns.mockRestore();
    });
    const first = ask(large);
    await vi.waitFor(() => expect(turns).toHaveBeenCalledTimes(2));
    const client = new AbortController();
    const gone = expect(ask(large, client.signal)).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(turns).toHaveBeenCalledTimes(3));
    const waiting = Array.from({ length: 3 }, () => ask(large));
    await vi.waitFor(() => expect(turns).toHaveBeenCalledTimes(6));

    expect((await ask(large)).errors).toMatchObject([{ extensions: { code: 'SERVER_BUSY', isRetryable: true } }]);
    expect((await ask(await numberedPng(2))).errors).toBeUndefined();

    client.abort();
    await gone;
    await vi.waitFor(() =>
      expect(turns.mock.settledResults[2]).toMatchObject({ type: 'rejected', value: { code: 'REQUEST_ABANDONED' } }),
    );
    const last = ask(large);
    await vi.waitFor(() => expect(turns).toHaveBeenCalledTimes(9));
    open();
    for (const { errors } of await Promise.all([first, ...waiting, last])) expect(errors).toBeUndefined();
  });

  test('of many prompts keep those of few waiting for a portion only, and end with their client', async () => {
    const [id] = await server.add([await numberedPng(3)]);
    const client = new AbortController();
    const scorers = vi.spyOn(LabelScorers.prototype, 'of');
    onTestFinished(() => scorers.mockRestore());
    const many = {
      labels: Array.from({ length: 1_000 }, (_, label) => `label ${label}`),
      templates: Array.from({ length: 50 }, (_, template) => `photo ${template} of {}`),
    };
    let isAnswered = false;
    const large = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: CLASSIFY, variables: { id, ...many } }),
      signal: client.signal,
    }).then(() => (isAnswered = true));
    const gone = expect(large).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(scorers).toHaveBeenCalledTimes(1));

    const few = { labels: ['a cat', 'a dog'], templates: ['a sketch of {}'] };
    expect((await server.data(CLASSIFY, { id, ...few })).zeroShotClassify).toHaveLength(1);
    expect(
      (await server.data('{ clusters(k: 1, vocabulary: ["a lake"]) { clusters { size } } }')).clusters.clusters,
    ).toHaveLength(1);
    expect(isAnswered).toBe(false);

    client.abort();
    await gone;
    await vi.waitFor(() =>
      expect(scorers.mock.settledResults[0]).toMatchObject({ type: 'rejected', value: { code: 'REQUEST_ABANDONED' } }),
    );
  });
});
