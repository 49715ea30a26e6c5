// Opens the data directory at every line it is sent and prints how that ended; keeps it until it is killed.
import { createInterface } from 'node:readline';
import { openDataDir } from '#dist/data-dir.js';

process.stdout.write('ready\n');
for await (const path of createInterface({ input: process.stdin })) {
  const outcome = await openDataDir(path).then(
    ({ instanceId }) => ({ instanceId }),
    ({ code, message }) => ({ code, message }),
  );
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
