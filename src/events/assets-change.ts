export const ASSET_CHANGE_KINDS = [
  'UPLOADED',
  'PROCESSED',
  'UPDATED',
  'LABELS_CHANGED',
  'TRASHED',
  'RESTORED',
  'DELETED',
  'MISSED',
] as const;
export type AssetChangeKind = (typeof ASSET_CHANGE_KINDS)[number];

/** Assets of one event at most: what a notice has room for, as the database's function tell_of_assets has it. */
export const MAX_CHANGED = 180;

/** What was done at once to assets of one library; of what was missed nobody knows to which. */
export interface AssetsChange {
  readonly kind: AssetChangeKind;
  readonly assetIds: readonly string[];
}

/** @param text as the database's function tell_of_assets writes it */
export function parseAssetsChange(text: string): AssetsChange & { readonly libraryId: string } {
  const [libraryId, kind, ...assetIds] = text.split(' ');
  return { libraryId: libraryId!, kind: kind as AssetChangeKind, assetIds };
}
