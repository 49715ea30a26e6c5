// A child process for failing-disk.test.ts: inserts a row before the disk takes nothing any more, two after that, and closes.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { openDatabase } from '#dist/database/database.js';

const database = await openDatabase({ embeddedDir: process.argv[2] });
const insert = (name) =>
  database.prisma.library.create({ data: { id: randomUUID(), name, fileSecret: Buffer.alloc(1_000) } }).then(
    () => console.log(`${name} is kept`),
    () => console.log(`${name} is refused`),
  );
await insert('before');
await writeFile(process.env.FAILING_SYNC, '');
await insert('after');
await insert('later');
await database.close();
console.log('closed');
