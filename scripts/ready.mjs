// Makes a clone ready to run: installs when the lock file has changed since the last install, builds when the sources
// have changed since the last build. Runs before anything is installed, so it needs nothing but Node.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];
const POLL_MS = 200;
const LONGEST_TURN_MS = 15 * 60_000;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(`expected Node ${OLDEST_NODE.join('.')} or later, received ${process.versions.node}`);
  process.exit(1);
}

/** What a step was done from: it is done again when that changes. */
function fingerprint(paths, extra) {
  const hash = createHash('sha256').update(extra);
  const add = (path) => {
    if (!existsSync(join(root, path)) || path === 'src/database/generated') return;
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else hash.update(path).update(readFileSync(join(root, path)));
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

const isDone = ({ mark, wanted }) => {
  const path = join(root, mark);
  return existsSync(path) && readFileSync(path, 'utf8') === wanted;
};

/** Two installs at once into the same folder destroy each other. */
function takeTurn() {
  const lock = join(root, '.ready.lock');
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        console.error(`expected a folder that can be written for ${root}, received ${error.message}`);
        process.exit(1);
      }
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else if (!isWaiting) console.log('Waiting for another process that makes this folder ready ...');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

function isAbandoned(lock) {
  try {
    // Since the process died its number may have been given to another.
    if (Date.now() - statSync(lock).mtimeMs > LONGEST_TURN_MS) return true;
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

const platform = `${process.platform} ${process.arch} ${process.versions.modules}`;
const installed = fingerprint(['package-lock.json', '.npmrc'], platform);
const built = fingerprint(['src', 'prisma', 'prisma.config.ts', 'tsconfig.json', 'scripts/build.mjs'], installed);
// npm names its own program to the scripts that it runs; other package managers name themselves.
const npm = /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined;

const STEPS = [
  {
    what: 'Installing the dependencies',
    mark: 'node_modules/.installed',
    wanted: installed,
    command: npm ? process.execPath : 'npm',
    // To build takes the development dependencies, also where NODE_ENV is "production".
    args: [...(npm ? [npm] : []), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
  },
  {
    what: 'Building',
    mark: 'dist/.built',
    wanted: built,
    command: process.execPath,
    args: [join(root, 'scripts/build.mjs')],
  },
];

if (!STEPS.every(isDone)) takeTurn();
for (const step of STEPS.filter((each) => !isDone(each))) {
  console.log(`${step.what} ...`);
  try {
    execFileSync(step.command, step.args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  } catch {
    process.exit(1);
  }
  writeFileSync(join(root, step.mark), step.wanted);
}
