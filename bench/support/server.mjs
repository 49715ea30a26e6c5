// The real server on a folder, and the process that is measured.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { pino } from 'pino';
import { startMeter } from './meter.mjs';
import { answerTo } from './process.mjs';
import { createApp } from '#dist/app.js';
import { parseConfig } from '#dist/config.js';
import { InferencePool } from '#dist/inference/inference-pool.js';
import { loadModel } from '#dist/inference/model-registry.js';

// As `afterimage import` does it.
const IMPORTS_AT_A_TIME = 4;
const PIECE_BYTES = 256 << 10;
const POLL_MS = 200;

const [dataDir] = process.argv.slice(2);
const config = parseConfig({ ...process.env, DATA_DIR: dataDir, HOST: '127.0.0.1', PORT: '0' });
const app = await createApp(config, pino({ level: 'warn' }, pino.destination(2)));
const { services, admin } = app;
let stop;
let encoder;

answerTo({
  listen: () => app.listen(),
  startMeter: () => void (stop = startMeter()),
  stopMeter: () => stop(),
  residentBytes: () => process.memoryUsage.rss(),
  async ingest(paths) {
    const outcomes = await pLimit(IMPORTS_AT_A_TIME).map(paths, (path) =>
      services.ingest.ingest(admin, {
        originalName: basename(path),
        open: () => createReadStream(path, { highWaterMark: PIECE_BYTES }),
      }),
    );
    const bad = outcomes.find(({ type }) => type !== 'uploaded');
    if (bad) throw new Error(`expected an asset, received ${JSON.stringify(bad)}`);
  },
  /** Resolves when nothing is PENDING. */
  async settle(count) {
    while ((await services.assets.count(admin, { states: ['PENDING'] })) > 0) await sleep(POLL_MS);
    const ready = await services.assets.count(admin, { states: ['READY'] });
    if (ready !== count) throw new Error(`expected ${count} READY assets, received ${ready}`);
  },
  /** Milliseconds that one text takes on inference threads of its own, which have not seen it: what no search can avoid. */
  async encode(text) {
    encoder ??= new InferencePool(await loadModel(config.model, config.modelsDir), { workerCount: config.workerCount });
    await encoder.start();
    const begin = performance.now();
    await encoder.encodeTexts([text]);
    return performance.now() - begin;
  },
});
process.once('disconnect', async () => {
  await encoder?.close();
  await app.close();
  process.exit();
});
