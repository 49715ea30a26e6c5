/** @returns whether the header Accept names the media type; a wildcard names none */
export function accepts(header: string | undefined, type: string): boolean {
  return header?.split(',').some((range) => range.split(';')[0]!.trim().toLowerCase() === type) ?? false;
}
