// How long `afterimage doctor` takes over a library in which nothing is wrong, and what memory it takes at most.
//
//   npm run build && node bench/doctor.mjs [--assets 10000,100000]
//
// All embedded. The files are sparse, of the sizes that the rows say: the doctor reads none of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startProcess } from './support/process.mjs';
import { blobKey, ORIGINAL, RENDITION_FILES } from '#dist/assets/asset-files.js';
import { openDatabase } from '#dist/database/database.js';
import { assetPages } from '#dist/assets/asset-pages.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const { values: options } = parseArgs({ options: { assets: { type: 'string', default: '10000,100000' } } });

for (const assets of options.assets.split(',').map(Number)) {
  const dataDir = await mkdtemp(join(tmpdir(), 'afterimage-bench-'));
  try {
    const filler = await startProcess(new URL('support/fill-library.mjs', import.meta.url));
    await filler.ask('fill', dataDir, assets);
    await filler.end();
    await fillFiles(dataDir);
    console.log(`${assets} assets:`, await measure(dataDir));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
async function fillFiles(dataDir) {
  const database = await openDatabase({ embeddedDir: join(dataDir, 'database') });
  for await (const page of assetPages(database.prisma))
    for (const { id, libraryId, byteSize, renditions } of page) {
      const sizes = Object.entries(RENDITION_FILES).map(([name, { fileName }]) => [
        fileName,
        renditions[name].byteSize,
      ]);
      for (const [fileName, size] of [[ORIGINAL, Number(byteSize)], ...sizes]) {
        const path = join(dataDir, 'files', 'blobs', blobKey(libraryId, id, fileName));
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, '');
        truncateSync(path, size);
      }
    }
  await database.close();
}

async function measure(dataDir) {
  const start = performance.now();
  const doctor = spawn(process.execPath, [MAIN, 'doctor'], {
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => (peak = peakMemoryMiB(doctor.pid) || peak), 50);
  await once(doctor, 'exit');
  clearInterval(timer);
  return { seconds: Math.round((performance.now() - start) / 100) / 10, 'peak MiB': peak, code: doctor.exitCode };
}

/** So far; Linux only. Nothing for a process that has ended. */
function peakMemoryMiB(pid) {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return 0;
  }
}
