// Upserts points 0, 1, 2, ... into the store in a folder and says so after each, until it is killed.
import { LanceDbVectorStore } from '#dist/vectorstore/lancedb.js';

const store = await LanceDbVectorStore.open(process.argv[2]);
const collection = await store.openCollection(JSON.parse(process.argv[3]));
let next = 0;

async function writeOneAfterTheOther() {
  for (;;) {
    const number = next++;
    const id = `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
    const vector = Float32Array.from({ length: collection.spec.dimension }, (_, axis) => (axis === number % 8 ? 1 : 0));
    // Every other one is replaced, so that deletions are under way too.
    await collection.upsert([{ id, vector, payload: { number } }]);
    if (number % 2 === 0) await collection.setPayload([{ id, payload: { number: -number } }]);
    process.stdout.write(`${number}\n`);
  }
}
await Promise.all(Array.from({ length: 4 }, writeOneAfterTheOther));
