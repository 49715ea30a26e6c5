import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyEmbeddedDatabase } from '../support/databases.js';
import { tiff } from '../support/exif.js';
import { bytesOf, numbered, withIptc } from '../support/pictures.js';
import { startServer, type TestServer, type Upload } from '../support/server.js';

interface Rights {
  readonly creator: string | null;
  readonly credit: string | null;
  readonly copyright: string | null;
}

const NOTHING: Rights = { creator: null, credit: null, copyright: null };
const OF_XMP = { creator: 'X Doe', credit: 'X / A paper', copyright: '© X Doe' };
const OF_IPTC = { creator: 'I Doe', credit: 'I / A paper', copyright: '© I Doe' };
const OF_EXIF = { creator: 'E Doe', credit: null, copyright: 'Rights of E Doe' };

const xmp = (properties: string, attributes = '') =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="" ${attributes}>${properties}</rdf:Description></rdf:RDF></x:xmpmeta>`;
const creators = (...names: string[]) =>
  `<dc:creator><rdf:Seq>${names.map((name) => `<rdf:li>${name}</rdf:li>`).join('')}</rdf:Seq></dc:creator>`;
const rightsIn = (language: string, text: string) =>
  `<dc:rights><rdf:Alt><rdf:li xml:lang="de">Andere Rechte</rdf:li><rdf:li xml:lang="${language}">${text}</rdf:li></rdf:Alt></dc:rights>`;
const toXmp = ({ creator, credit, copyright }: Partial<Record<keyof Rights, string>>) =>
  xmp(
    `${creator === undefined ? '' : creators(creator)}${copyright === undefined ? '' : rightsIn('x-default', copyright)}`,
    credit === undefined ? '' : `photoshop:Credit="${credit}"`,
  );

describe('whose a file says that a picture is', () => {
  const database = emptyEmbeddedDatabase();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ database });
  });
  afterAll(() => server.close());

  const rightsOf = async (bytes: Upload['bytes'], input?: object): Promise<Rights> => {
    const { creator, credit, copyright } = await server.process(bytes, 'id creator credit copyright', input);
    return { creator, credit, copyright };
  };
  const ofXmp = async (packet: string, input?: object) =>
    rightsOf(await bytesOf(numbered(1).withXmp(packet).webp()), input);
  const ofIptc = async (...dataSets: [string, string][]) =>
    rightsOf(withIptc(await bytesOf(numbered(2).jpeg()), dataSets));

  test.each([
    ['XMP', OF_XMP, OF_XMP],
    ['XMP for what that says, and else IPTC', { credit: OF_XMP.credit }, { ...OF_IPTC, credit: OF_XMP.credit }],
    ['IPTC where XMP has blanks', { creator: ' ', credit: ' ', copyright: ' ' }, OF_IPTC],
  ])('is taken from %s', async (_, inXmp, stored) => {
    const exif = { IFD0: { Artist: OF_EXIF.creator, Copyright: OF_EXIF.copyright } };
    const picture = await bytesOf(numbered(3).withExif(exif).withXmp(toXmp(inXmp)).jpeg());
    const { creator, credit, copyright } = OF_IPTC;
    const dataSets = [['1:90', '\x1b%G'], ['2:80', creator], ['2:110', credit], ['2:116', copyright]] as const; // prettier-ignore
    expect(await rightsOf(withIptc(picture, dataSets))).toEqual(stored);
  });

  test('is taken from EXIF where nothing else says it, which has no credit line', async () => {
    const exif = { IFD0: { Artist: OF_EXIF.creator, Copyright: OF_EXIF.copyright } };
    expect(await rightsOf(await bytesOf(numbered(4).withExif(exif).jpeg()))).toEqual(OF_EXIF);
  });

  const wide = (text: string) => Buffer.from(`${text}\0`, 'utf16le');
  test.each([
    ['the photographer and the editor', [0x8298, '© Doe, 1977\0© A paper\0'], { copyright: '© Doe, 1977; © A paper' }],
    ['the photographer alone', [0x8298, '© Doe, 1977\0 \0'], { copyright: '© Doe, 1977' }],
    ['the editor alone', [0x8298, ' \0© A paper\0'], { copyright: '© A paper' }],
    ['several artists', [0x013b, 'Jane Doe; John Roe;'], { creator: 'Jane Doe, John Roe' }],
    ['authors as Windows writes them', [0x9c9d, wide('Łucja;漢字')], { creator: 'Łucja, 漢字' }],
  ] as const)('EXIF names %s', async (_, entry, stored) => {
    expect(await rightsOf(tiff([entry]))).toEqual({ ...NOTHING, ...stored });
  });

  test('several creators are named one after the other, each once', async () => {
    const stored = { ...NOTHING, creator: 'Jane Doe, John Roe' };
    expect(await ofXmp(xmp(creators('Jane Doe', ' ', 'John Roe', 'Jane Doe')))).toEqual(stored);
    expect(await ofIptc(['2:80', 'Jane Doe'], ['2:80', 'John Roe'])).toEqual(stored);
  });

  test('a notice without a default language is the first', async () => {
    expect((await ofXmp(xmp(rightsIn('fr', 'Autres droits')))).copyright).toBe('Andere Rechte');
  });

  test.each([
    ['blanks', '   ', null],
    ['a dash', '-', null],
    ['a sign alone', '©', null],
    ['what shows nothing', '&#x200B;', null],
    ['a word for none, which may be meant', 'Unknown', 'Unknown'],
    ['a number', '7', '7'],
    ['more than there is room for', 'e\u0301'.repeat(600), 'é'.repeat(500)],
  ])('of %s is stored what says something', async (_, written, stored) => {
    const rights = await ofXmp(toXmp({ creator: written, credit: written, copyright: written }));
    expect(rights).toEqual({ creator: stored, credit: stored, copyright: stored });
  });

  test('what a person says comes before it', async () => {
    const input = { creator: 'Me', credit: 'Mine' };
    expect(await ofXmp(toXmp(OF_XMP), input)).toEqual({ ...input, copyright: OF_XMP.copyright });
  });

  test('it is found by its words', async () => {
    const stored = { creator: 'Zoë Brontë', credit: 'The Bugle', copyright: 'No use after 1977' };
    expect(await ofXmp(toXmp(stored))).toEqual(stored);
    for (const query of ['zoe bronte', 'bugle', '"use after 1977"']) {
      const { searchByText } = await server.data(
        'query ($query: String!) { searchByText(query: $query, mode: KEYWORD) { edges { node { creator } } } }',
        { query },
      );
      expect(searchByText.edges).toEqual([{ node: { creator: stored.creator } }]);
    }
  });
});
