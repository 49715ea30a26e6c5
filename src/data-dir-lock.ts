import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, Claim, type Answer } from './data-dir-claim.js';

// The address of a socket has room for 104 bytes on macOS and 108 on Linux.
const MAX_ADDRESS_BYTES = 100;
// How file systems answer that they hold no sockets: FAT, network shares, folders shared into a virtual machine.
const NO_SOCKETS = ['EPERM', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];
const CLAIM_NAME_BYTES = 6;
const CLAIM_NAME = /^[0-9a-f]{12}$/;
const UNANNOUNCED = '.new';

export type FolderLock =
  | { readonly isHeld: true; readonly release: () => Promise<void> }
  /** `pid` is the process that holds it, where it could be learnt. */
  | { readonly isHeld: false; readonly pid: number | undefined };

/**
 * Takes the exclusive lock of a folder, which ends with `release` or, at once, with the process.
 *
 * Windows gives a pipe's name to one process and takes it back when that ends. Elsewhere the file of a socket outlives
 * its process, and to remove and make it again is a race that two can win. So every process makes a socket under a
 * name of its own, never used again, and only then looks at the others: of two at once, at least one sees the other.
 * A claim yields to a living one with a lower name, and waits for the decision of one with a higher name.
 *
 * @param folder its real path, the same for every process
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return lockPipe(`\\\\.\\pipe\\afterimage-${hash}`);

  const inside = join(folder, '.lock');
  const outside = join(tmpdir(), `afterimage-${hash}`);
  if (Buffer.byteLength(inside) + 1 + 2 * CLAIM_NAME_BYTES + UNANNOUNCED.length > MAX_ADDRESS_BYTES)
    return lockSockets(outside);
  try {
    return await lockSockets(inside);
  } catch (error) {
    if (!NO_SOCKETS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return lockSockets(outside);
  }
}

async function lockPipe(address: string): Promise<FolderLock> {
  const claim = new Claim();
  try {
    await claim.listen(address);
  } catch (error) {
    if (!['EADDRINUSE', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const { pid } = await ask(address, false);
    return { isHeld: false, pid };
  }
  claim.hold();
  return { isHeld: true, release: () => claim.close() };
}

async function lockSockets(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const name = randomBytes(CLAIM_NAME_BYTES).toString('hex');
  const claim = new Claim();
  const release = async () => {
    await rm(join(folder, name), { force: true });
    await claim.close();
  };
  // Others see the name only when the socket listens: before, it answers like one whose process is dead.
  const unannounced = join(folder, name + UNANNOUNCED);
  await claim.listen(unannounced);
  try {
    await rename(unannounced, join(folder, name));
    const living = await livingClaims(folder, name);
    if (living.length === 0) {
      claim.hold();
      return { isHeld: true, release };
    }
    await release();
    return { isHeld: false, pid: living.find(({ pid }) => pid)?.pid };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The claims that `name` yields to. What is left of the others is removed. */
async function livingClaims(folder: string, name: string): Promise<Answer[]> {
  const others = (await readdir(folder)).filter((other) => CLAIM_NAME.test(other) && other !== name);
  const answers = await Promise.all(
    others.map(async (other) => {
      const answer = await ask(join(folder, other), other > name);
      if (!answer.isAlive) await rm(join(folder, other), { force: true });
      return answer;
    }),
  );
  return answers.filter(({ isAlive }) => isAlive);
}
