/** The part of it that is used here: it is of every Node, but its types come with those of a browser. */
declare namespace WebAssembly {
  class Module {
    /** Keeps others from being taken for one. */
    private readonly code: never;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}
