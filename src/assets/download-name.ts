/** How the names of files of a type end, the most common ending first. */
const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  'image/jpeg': ['jpg', 'jpeg', 'jpe', 'jfif'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'image/tiff': ['tif', 'tiff'],
  'image/avif': ['avif', 'heif', 'heic'],
};

/**
 * What an original is saved as. Its own name may end otherwise, whatever it holds: what is saved as a web page opens as one.
 * @returns the name, ending as its type does
 */
export function downloadName(originalName: string, mimeType: string): string {
  const endings = ENDINGS[mimeType] ?? [];
  const name = originalName.toLowerCase();
  const isFitting = endings.length === 0 || endings.some((ending) => name.endsWith(`.${ending}`));
  return isFitting ? originalName : `${originalName}.${endings[0]!}`;
}
