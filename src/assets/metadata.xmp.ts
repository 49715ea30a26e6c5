import { setImmediate } from 'node:timers/promises';
import sax, { type Tag } from 'sax';

/** The properties that are read, by the prefixes that all programs write. */
const PROPERTIES = [
  'dc:title',
  'dc:description',
  'dc:subject',
  'dc:creator',
  'dc:rights',
  'photoshop:Credit',
  'exif:DateTimeOriginal',
  'xmp:CreateDate',
  'photoshop:DateCreated',
  'photoshop:Headline',
  'tiff:Make',
  'tiff:Model',
  'exifEX:LensModel',
  'exif:GPSLatitude',
  'exif:GPSLongitude',
  'exif:GPSAltitude',
  'exif:GPSAltitudeRef',
  'xmp:Rating',
] as const;

type XmpProperty = (typeof PROPERTIES)[number];

/** What an XMP packet says of a picture. */
export interface Xmp {
  /** The value of a property, in the default language; without one, the first value. */
  text(property: XmpProperty): string | undefined;
  /** All values of a property. */
  texts(property: XmpProperty): readonly string[];
  /** Whether it was read to its end. */
  readonly isComplete: boolean;
}

// Others have their turn after each.
const CHUNK_LENGTH = 16_384;

/** In time and memory as the packet is long. @throws Error for what is not well-formed XML */
export async function readXmp(packet: Buffer): Promise<Xmp> {
  const xml = new TextDecoder().decode(packet);
  const reader = new XmpReader();
  for (let at = 0; at < xml.length && !reader.isComplete; at += CHUNK_LENGTH) {
    reader.write(xml.slice(at, at + CHUNK_LENGTH));
    await setImmediate();
  }
  return reader;
}

const RDF = 'rdf:RDF';
const DESCRIPTION = 'rdf:Description';
const ITEM = 'rdf:li';

class XmpReader implements Xmp {
  isComplete = false;
  // Without namespaces: the parser's time for them grows with the square of what it is given. It expands no entities of a DTD.
  readonly #parser = sax.parser(true, { position: false });
  readonly #values = new Map<XmpProperty, { text: string; language: string | undefined }[]>();
  readonly #open: string[] = [];
  #property: XmpProperty | undefined;
  #language: string | undefined;
  #text = '';

  constructor() {
    this.#parser.onopentag = (tag) => this.#enter(tag as Tag);
    this.#parser.onclosetag = (name) => this.#leave(name);
    this.#parser.ontext = this.#parser.oncdata = (text) => void (this.#text += text);
    this.#parser.onerror = (error) => {
      throw error;
    };
  }

  write(xml: string): void {
    try {
      this.#parser.write(xml);
    } catch (error) {
      // Some programs pad the packet with what XML does not allow.
      if (!this.isComplete) throw error;
    }
  }

  text(property: XmpProperty): string | undefined {
    const values = this.#values.get(property) ?? [];
    return (values.find(({ language }) => language === 'x-default') ?? values[0])?.text;
  }

  texts(property: XmpProperty): string[] {
    return (this.#values.get(property) ?? []).map(({ text }) => text);
  }

  #enter({ name, attributes }: Tag): void {
    const [grandparent, parent] = [this.#open.at(-2), this.#open.at(-1)];
    this.#open.push(name);
    // Deeper ones describe other pictures, such as those that this one was made of.
    if (parent === RDF && name === DESCRIPTION)
      for (const property of PROPERTIES)
        if (attributes[property] !== undefined) this.#add(property, attributes[property]);
    if (grandparent === RDF && parent === DESCRIPTION)
      this.#property = PROPERTIES.find((property) => property === name);
    if (name !== this.#property && name !== ITEM) return;
    this.#language = attributes['xml:lang'];
    this.#text = '';
  }

  #leave(name: string): void {
    this.#open.pop();
    if (name === RDF) this.isComplete = true;
    if (!this.#property) return;
    if (name === ITEM) this.#add(this.#property, this.#text, this.#language);
    if (name !== this.#property) return;
    if (!this.#values.has(name)) this.#add(name, this.#text);
    this.#property = undefined;
  }

  #add(property: XmpProperty, text: string, language?: string): void {
    const values = this.#values.get(property) ?? [];
    values.push({ text, language });
    this.#values.set(property, values);
  }
}
