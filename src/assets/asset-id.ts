const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether it can be the id of an asset at all, which is in lower case; any other text is the id of none. */
export function isAssetId(id: string): boolean {
  return UUID.test(id);
}
