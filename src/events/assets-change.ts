export const ASSET_CHANGE_KINDS = [
  'UPLOADED',
  'PROCESSED',
  'UPDATED',
  'LABELS_CHANGED',
  'TRASHED',
  'RESTORED',
  'DELETED',
] as const;
export type AssetChangeKind = (typeof ASSET_CHANGE_KINDS)[number];

/** What was done at once to assets of one library. */
export interface AssetsChange {
  readonly kind: AssetChangeKind;
  /** 180 at most. */
  readonly assetIds: readonly string[];
}

/** @param text as the database's function tell_of_assets writes it */
export function parseAssetsChange(text: string): AssetsChange & { readonly libraryId: string } {
  const [libraryId, kind, ...assetIds] = text.split(' ');
  return { libraryId: libraryId!, kind: kind as AssetChangeKind, assetIds };
}
