// A child process for kill.test.ts: inserts row after row, and prints the name of each that the database acknowledged.
import { randomUUID } from 'node:crypto';
import { openDatabase } from '#dist/database/database.js';

const [embeddedDir] = process.argv.slice(2);
const { prisma } = await openDatabase({ embeddedDir });
for (;;) {
  const name = randomUUID();
  await prisma.library.create({ data: { id: name, name, fileSecret: Buffer.alloc(1_000) } });
  process.stdout.write(`${name}\n`);
}
