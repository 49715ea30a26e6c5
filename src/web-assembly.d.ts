/** The part of it that is used here: it is of every Node, but its types come with those of a browser. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    /** Keeps others from being taken for one. */
    private readonly code: never;
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    /** Another one after each growth. */
    readonly buffer: ArrayBuffer;
    /** @param pages of 64 KiB */
    grow(pages: number): number;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
