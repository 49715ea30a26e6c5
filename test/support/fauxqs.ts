import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Starts an S3 server that others have written, with one empty bucket and no say in who may use it. */
export async function startFauxqs(bucket: string) {
  const script = fileURLToPath(new URL('fauxqs.mjs', import.meta.url));
  const server = spawn(process.execPath, [script, bucket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
  };
}
