// A child process of insert-until-killed.ts: inserts row after row, and prints the name of each that the database acknowledged;
// now and then there is a checkpoint, and once a new file of the log of changes.
import { randomUUID } from 'node:crypto';
import { openDatabase } from '#dist/database/database.js';

const [embeddedDir] = process.argv.slice(2);
const { prisma } = await openDatabase({ embeddedDir });
for (let count = 1; ; count++) {
  const name = randomUUID();
  await prisma.library.create({ data: { id: name, name, fileSecret: Buffer.alloc(1_000) } });
  process.stdout.write(`${name}\n`);
  if (count % 25 === 0) await prisma.$executeRaw`CHECKPOINT`;
  if (count === 30) await prisma.$queryRaw`SELECT pg_switch_wal()::text`;
}
