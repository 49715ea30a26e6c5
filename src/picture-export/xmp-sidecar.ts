import type { Asset } from '../database/generated/client.js';

/** What is known of a picture that XMP has a property for. */
export interface Described extends Pick<
  Asset,
  | 'title'
  | 'description'
  | 'creator'
  | 'credit'
  | 'copyright'
  | 'rating'
  | 'capturedAt'
  | 'latitude'
  | 'longitude'
  | 'altitudeMetres'
> {
  readonly keywords: readonly string[];
}

/** By this, one that another program has written since is told. */
const TOOLKIT = 'x:xmptk="Afterimage"';

/**
 * The XMP file that lies beside a picture, as ISO 16684-1 has it and `readSidecar` reads it: dc:title, dc:description,
 * dc:creator, dc:rights, dc:subject, photoshop:Credit, xmp:Rating, exif:DateTimeOriginal and the place. Null where nothing of it
 * is known.
 */
export function toXmpSidecar(picture: Described): string | null {
  const { title, description, creator, credit, copyright, rating, capturedAt, keywords } = picture;
  const elements = [
    ...alternative('dc:title', title),
    ...alternative('dc:description', description),
    ...list('dc:creator', 'Seq', creator === null ? [] : [creator]),
    ...alternative('dc:rights', copyright),
    ...list('dc:subject', 'Bag', keywords),
    ...simple('photoshop:Credit', credit),
    ...simple('xmp:Rating', rating?.toString()),
    ...simple('exif:DateTimeOriginal', capturedAt?.toISOString()),
    ...place(picture),
  ];
  if (elements.length === 0) return null;
  return `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" ${TOOLKIT}>
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
${elements.map((element) => `   ${element}\n`).join('')}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;
}

/** Whether a sidecar was last written by `toXmpSidecar`, as far as programs say who they are. */
export function isOwnSidecar(content: string): boolean {
  return content.includes(TOOLKIT);
}

function simple(name: string, value: string | null | undefined): string[] {
  return value == null ? [] : [`<${name}>${escaped(value)}</${name}>`];
}

function alternative(name: string, value: string | null): string[] {
  if (value === null) return [];
  return [`<${name}><rdf:Alt><rdf:li xml:lang="x-default">${escaped(value)}</rdf:li></rdf:Alt></${name}>`];
}

function list(name: string, kind: 'Bag' | 'Seq', values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const items = values.map((value) => `<rdf:li>${escaped(value)}</rdf:li>`).join('');
  return [`<${name}><rdf:${kind}>${items}</rdf:${kind}></${name}>`];
}

function place({ latitude, longitude, altitudeMetres }: Described): string[] {
  if (latitude === null || longitude === null) return [];
  const metres = altitudeMetres ?? NaN;
  return [
    ...simple('exif:GPSLatitude', coordinate(latitude, 'N', 'S')),
    ...simple('exif:GPSLongitude', coordinate(longitude, 'E', 'W')),
    ...(Number.isFinite(metres)
      ? [
          ...simple('exif:GPSAltitude', `${Math.round(Math.abs(metres) * 1_000)}/1000`),
          ...simple('exif:GPSAltitudeRef', metres < 0 ? '1' : '0'),
        ]
      : []),
  ];
}

/** Degrees as "47,30.250000N": the last digit is two millimetres. */
function coordinate(degrees: number, positive: string, negative: string): string {
  const micro = Math.round(Math.abs(degrees) * 60_000_000);
  const minutes = ((micro % 60_000_000) / 1_000_000).toFixed(6);
  return `${Math.floor(micro / 60_000_000)},${minutes}${degrees < 0 ? negative : positive}`;
}

/** Without characters that XML has no way to write. */
function escaped(text: string): string {
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '')
    .replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]!)
    .replace(/\r/g, '&#13;');
}
