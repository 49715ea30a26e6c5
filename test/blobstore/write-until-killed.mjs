// Writes blobs until it is killed, one of which never ends, and prints the key of each one acknowledged.
import { Readable } from 'node:stream';
import { FilesystemBlobStore } from '#dist/blobstore/filesystem.js';

const [root, byteSize] = process.argv.slice(2);
const store = await FilesystemBlobStore.open(root);

async function* slowly(fill) {
  for (let left = Number(byteSize); left > 0; left -= 65_536) {
    yield Buffer.alloc(65_536, fill);
    await new Promise(setImmediate);
  }
}

async function writeOn(lane) {
  for (let index = 0; ; index++) {
    const key = `lane-${lane}/${index}`;
    await store.write(key, Readable.from(slowly(index % 256)));
    process.stdout.write(`${key}\n`);
  }
}

async function* endless() {
  yield Buffer.alloc(65_536);
  await new Promise(() => undefined);
}

await Promise.all([
  store.write('unfinished', Readable.from(endless())),
  writeOn(0),
  writeOn(1),
  writeOn(2),
  writeOn(3),
]);
