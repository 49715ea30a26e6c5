// Preloaded into a process and its threads: while there is a file at FAILING_SYNC, the disk takes nothing any more.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { fdatasyncSync } = fs;
fs.fdatasyncSync = (fileDescriptor) => {
  if (fs.existsSync(process.env.FAILING_SYNC))
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  fdatasyncSync(fileDescriptor);
};
syncBuiltinESMExports();
