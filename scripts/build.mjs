// Generates the Prisma client, compiles TypeScript and assembles WebAssembly. Prisma's `generate` looks for a schema
// engine, a binary that it would download from another host and that generating never starts; naming any existing file
// keeps it from trying.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const environment = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  ...process.env,
};
// The programs themselves: what npm puts into node_modules/.bin is not to be run by Node on every system.
const run = (program, ...args) => {
  try {
    execFileSync(process.execPath, [`${root}/node_modules/${program}`, ...args], {
      cwd: root,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? ''}`);
    console.error(`${program} ${args.join(' ')} failed`);
    process.exit(1);
  }
};

rmSync(`${root}/src/database/generated`, { recursive: true, force: true });
run('prisma/build/index.js', 'generate');
rmSync(`${root}/dist`, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.json');
run('wabt/bin/wat2wasm', 'src/vectorstore/dot-products.wat', '--output', 'dist/vectorstore/dot-products.wasm');
