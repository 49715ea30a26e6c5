import { execFileSync } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** Whether a test may mount a disk. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A file system of 4 MiB at a folder, in memory, that a test fills and empties. */
export class SmallDisk {
  readonly #filler: string;

  private constructor(readonly folder: string) {
    this.#filler = join(folder, 'filler');
  }

  static async mount(folder: string): Promise<SmallDisk> {
    await mkdir(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
    return new SmallDisk(folder);
  }

  /** @param left bytes that are still free then, a multiple of 4,096 */
  async fill({ left = 0 } = {}): Promise<void> {
    const file = await open(this.#filler, 'w');
    try {
      for (;;) await file.writeFile(Buffer.alloc(4_096));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      await file.truncate((await file.stat()).size - left);
    } finally {
      await file.close();
    }
  }

  empty(): Promise<void> {
    return rm(this.#filler);
  }
}
