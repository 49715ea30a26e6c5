// Preloaded into a process and its threads: writes down what of a folder a power cut would leave, which is what has been
// synced and nothing else. See power-cut.ts.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, threadId } from 'node:worker_threads';

const { POWER_CUT_FOLDER: root, POWER_CUT_KEPT: kept } = process.env;
let count = 0;

/** Written whole or not at all: the process is killed at any moment. */
function keep(name, write) {
  const unfinished = join(kept, `unfinished-${process.pid}-${threadId}-${count++}`);
  write(unfinished);
  fs.renameSync(unfinished, join(kept, name));
}

/** As `keyOf` of power-cut.ts. */
const keyOf = (path) => {
  const stat = fs.lstatSync(path);
  return `${stat.isDirectory() ? 'folder' : 'file'}-${stat.ino}-${stat.birthtimeMs}`;
};

/** What is durable of a folder: the keys of what is in it, by name. */
function keepNames(path, names) {
  keep(keyOf(path), (unfinished) => fs.writeFileSync(unfinished, JSON.stringify(names)));
}

function namesOf(path) {
  const names = join(kept, keyOf(path));
  return fs.existsSync(names) ? JSON.parse(fs.readFileSync(names, 'utf8')) : {};
}

function keepFolder(path) {
  const names = {};
  for (const name of fs.readdirSync(path))
    try {
      names[name] = keyOf(join(path, name));
    } catch (error) {
      // Gone meanwhile.
      if (error.code !== 'ENOENT') throw error;
    }
  keepNames(path, names);
}

/** A new file's name, and those of the new folders that it is in. */
function keepName(path) {
  if (path === root) return;
  const [folder, key] = [dirname(path), keyOf(path)];
  const names = namesOf(folder);
  if (names[basename(path)] !== key) keepNames(folder, { ...names, [basename(path)]: key });
  keepName(folder);
}

function keepFile(path, isOfData = false) {
  const key = keyOf(path);
  // What it is called since is no data either.
  const keepsName = !isOfData || !fs.existsSync(join(kept, key));
  keep(key, (unfinished) => fs.copyFileSync(path, unfinished));
  if (keepsName) keepName(path);
}

function keepTree(path) {
  keepFolder(path);
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) keepTree(join(path, entry.name));
    else if (entry.isFile()) keepFile(join(path, entry.name));
  }
}

function synced(fileDescriptor, isOfData) {
  const path = fs.readlinkSync(`/proc/self/fd/${fileDescriptor}`);
  if (relative(root, path).startsWith('..') || path.endsWith(' (deleted)')) return;
  if (!fs.statSync(path).isDirectory()) keepFile(path, isOfData);
  // Names are no data.
  else if (!isOfData) keepFolder(path);
}

// What was there before the first process is taken for durable.
if (isMainThread && !fs.existsSync(kept)) {
  fs.mkdirSync(kept);
  keepTree(root);
}

for (const name of ['fsyncSync', 'fdatasyncSync']) {
  const sync = fs[name];
  fs[name] = (fileDescriptor) => {
    sync(fileDescriptor);
    synced(fileDescriptor, name === 'fdatasyncSync');
  };
}
syncBuiltinESMExports();

const handle = await fs.promises.open(fileURLToPath(import.meta.url));
const FileHandle = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['sync', 'datasync']) {
  const sync = FileHandle[name];
  FileHandle[name] = async function () {
    await sync.call(this);
    synced(this.fd, name === 'datasync');
  };
}
