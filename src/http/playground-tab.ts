export interface PlaygroundTab {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
}

/** What the tabs ask of an asset. */
export const ASSET = `id
        originalName
        state
        rendition(size: THUMBNAIL) { url width height }`;
