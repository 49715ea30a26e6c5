/** What the thread that owns PGlite is told at its start. */
export interface PgliteWorkerData {
  readonly dataDir: string;
  /** PGlite's code, see `compiledPglite`. */
  readonly code: WebAssembly.Module;
}

/** What it is sent later: a new connection to serve, or the request to close the database and exit. */
export type PgliteRequest =
  { readonly type: 'connect'; readonly port: import('node:worker_threads').MessagePort } | { readonly type: 'close' };

export type PgliteReply = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };
