import { fdatasyncSync, fsyncSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { keepsNames } from '../sync-folder.js';

/** The part of Emscripten's NODEFS that its types leave out. */
interface NodeFiles {
  stream_ops: { fsync?: (stream: { nfd: number; node: { mode: number } }) => 0 };
  /** Runs a call of node:fs and throws its failure as one that Postgres knows. */
  tryFSOperation(call: () => void): void;
}

/**
 * The files of a database in a folder, synced when Postgres says so. PGlite's own make no call of the system where Postgres
 * calls `fsync`, so that nothing which it calls done would survive a power cut.
 */
export class DurableFiles extends NodeFS {
  override async init(...[pglite, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pglite, options);
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          ({ NODEFS, FS }) => {
            const files = NODEFS as unknown as NodeFiles;
            files.stream_ops.fsync = ({ nfd, node }) => {
              files.tryFSOperation(() => (FS.isDir(node.mode) ? syncNames(nfd) : fdatasyncSync(nfd)));
              return 0;
            };
          },
        ],
      },
    };
  }
}

/** Names are no data: `fdatasync` of a folder need not keep them, and on ext4 of an older Linux does not. */
function syncNames(fileDescriptor: number): void {
  try {
    fsyncSync(fileDescriptor);
  } catch (error) {
    if (!keepsNames(error)) throw error;
  }
}
