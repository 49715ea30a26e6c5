import type { TestServer } from './server.js';
import type { Asset } from '#dist/database/generated/client.js';

/** Gives assets without files the embedding of another one. @param assets as the vector store is told that they are */
export async function copyEmbedding(server: TestServer, originalId: string, assets: readonly Asset[]): Promise<void> {
  const { index } = await server.app.services.search['models'].active();
  const vector = (await index.embeddings([originalId])).get(originalId)!;
  const payloads = await index.payloads(assets);
  await index['collection'].upsert(assets.map(({ id }, place) => ({ id, vector, payload: payloads[place]! })));
}
