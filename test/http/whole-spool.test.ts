import { WriteStream } from 'fs-capacitor';
import { expect, test } from 'vitest';
import { startServer } from '../support/server.js';

test('a server whose uploads would be spooled in a way that nobody has looked at does not start', async () => {
  WriteStream.prototype._write = (_chunk, _encoding, done) => done();
  await expect(startServer()).rejects.toMatchObject({
    code: 'INTERNAL',
    message: 'expected fs-capacitor 8.0.0 to spool uploads, received another one',
  });
});
