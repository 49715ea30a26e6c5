const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it can be the id of an asset at all; any other text is the id of none. */
export function isAssetId(id: string): boolean {
  return UUID.test(id);
}
