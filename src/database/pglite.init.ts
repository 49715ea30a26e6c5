import { setFlagsFromString } from 'node:v8';
import { syncTree } from '../sync-folder.js';
import { openPglite } from './pglite.open.js';
import type { PgliteReply } from './pglite.protocol.js';

// A process that makes the database in the folder named by its argument, then ends; early when its parent has ended.

process.on('disconnect', () => process.exit(1));

// It ends before code that V8 optimises would pay for the optimising: a third of the processor time.
setFlagsFromString('--liftoff-only');

let reply: PgliteReply = { type: 'ready' };
try {
  const pglite = await openPglite(process.argv[2]!);
  await pglite.close();
  // Postgres syncs what it writes later; the files that it begins with are made by another program.
  await syncTree(process.argv[2]!);
} catch (error) {
  reply = { type: 'failed', message: error instanceof Error ? error.message : String(error) };
}
process.send!(reply, () => process.exit());
