import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { namesFound } from '../support/names-found.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

describeOnEveryDatabase('words in another spelling', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const add = (originalName: string, fields: object = {}) =>
          insertAsset(prisma, libraryId, { originalName, state: 'READY', ...fields });
        await add('1.jpg', { title: 'Frau Müller in München' });
        await add('2.jpg', { title: 'Herr Mueller', tags: ['Munchen'] });
        await add('3.jpg', { title: 'Café an der Straße', description: 'Für dich' });
        await add('4.jpg', { title: 'Łódź', tags: ['İstanbul', 'Ærø'] });
        await add('5.jpg', { title: 'مُحَمَّد', tags: ['Ёлка', 'Αθήνα'] });
        await add('6.jpg', { title: 'ガラス', tags: ['ＡＢＣ', 'ﬁord'] });
        await add('7.jpg', { title: 'カラス', tags: ['한국'] });
        await add('EnzianBlüte2.jpg');
        await add('8.jpg', { title: 'Hauptstraße', tags: ['ΣΟΦΟΣ', 'ışıkları'] });
        await add('100％.jpg', { title: 'm²' });
        await add('9.jpg', { title: 'noon ≠ one' });
        await add('10.jpg', { title: 'noon = one + one' });
        await add('Þórsmörk.jpg', { title: '½ cup of flour' });
        await add('ｶﾒﾗ ★.jpg', { title: '5 ㎏ ☆ ﬁsh' });
        await add('11.jpg', { title: '夜の東京タワー', tags: ['猫', '佐々木'], description: '海边的日落。很美！' });
        await add('iPhoneで撮影2024年.jpg', { title: '東の京' });
        await add('12.jpg', { title: '高尾Tower', tags: ['パーティー2024', '犬theatre', '北Þingvellir', 'harbour'] });
        await add('13.jpg', { title: '橋 夏祭り' });
        await add('14.jpg', { description: '夏祭り、橋' });
      },
    });
  });
  afterAll(() => server.close());

  const found = async (query: string, mode = 'KEYWORD'): Promise<string[]> => namesFound(server, { query, mode });

  test.each<[string, string[]]>([
    ['Müller', ['1.jpg', '2.jpg']],
    ['MUELLER', ['1.jpg', '2.jpg']],
    ['muller', ['1.jpg']],
    ['müll', ['1.jpg', '2.jpg']],
    ['mull', ['1.jpg']],
    ['muell', ['1.jpg', '2.jpg']],
    ['Müller'.normalize('NFD'), ['1.jpg', '2.jpg']],
    ['"frau muller"', ['1.jpg']],
    ['"in munchen"', ['1.jpg']],
    ['"mueller in muenchen"', ['1.jpg']],
    ['"munchen café"', []],
    ['munchen', ['1.jpg', '2.jpg']],
    ['münchen -müller', []],
    ['munchen -muller', ['2.jpg']],
    ['cafe', ['3.jpg']],
    ['CAFÉ strasse', ['3.jpg']],
    ['"fur dich"', ['3.jpg']],
    ['lodz', ['4.jpg']],
    ['istanbul', ['4.jpg']],
    ['ISTANBUL aero', ['4.jpg']],
    ['محمد', ['5.jpg']],
    ['مـحـمـد', ['5.jpg']],
    ['елка', ['5.jpg']],
    ['αθηνα', ['5.jpg']],
    ['ガラス', ['6.jpg']],
    ['カラス', ['7.jpg']],
    ['ｶﾞﾗｽ', ['6.jpg']],
    ['abc', ['6.jpg']],
    ['ａｂｃ fiord', ['6.jpg']],
    ['한국', ['7.jpg']],
    ['blute', ['EnzianBlüte2.jpg']],
    ['bluete', ['EnzianBlüte2.jpg']],
    ['enzianblute2', ['EnzianBlüte2.jpg']],
    ['HAUPTSTRASSE', ['8.jpg']],
    ['hauptstraße', ['8.jpg']],
    ['σοφος', ['8.jpg']],
    ['IŞIK', ['8.jpg']],
    ['m²', ['100％.jpg']],
    // No symbol becomes another one, nor a character that means something in a pattern.
    ['≠', ['9.jpg']],
    ['＋', []],
    ['№ ｜', []],
    ['þórsmörk', ['Þórsmörk.jpg']],
    ['thorsmork', ['Þórsmörk.jpg']],
    ['½ cup', ['Þórsmörk.jpg']],
    ['"ｶﾒﾗ ★"', ['ｶﾒﾗ ★.jpg']],
    ['"カメラ ★"', ['ｶﾒﾗ ★.jpg']],
    ['"☆ fish"', ['ｶﾒﾗ ★.jpg']],
    ['Müncen', ['1.jpg', '2.jpg']],
    ['東京', ['11.jpg']],
    ['京タ', ['11.jpg']],
    ['ﾀﾜｰ 夜', ['11.jpg']],
    ['東', ['11.jpg', 'iPhoneで撮影2024年.jpg']],
    ['東夜', []],
    ['"夜の東京"', ['11.jpg']],
    ['"夜 の 東"', ['11.jpg']],
    ['"の夜"', []],
    ['東 -東京', ['iPhoneで撮影2024年.jpg']],
    ['猫', ['11.jpg']],
    ['木猫', []],
    ['々木', ['11.jpg']],
    ['日落', ['11.jpg']],
    ['落很', ['11.jpg']],
    ['iphone', ['iPhoneで撮影2024年.jpg']],
    ['撮影2024', ['iPhoneで撮影2024年.jpg']],
    ['iphone 2024 撮影', ['iPhoneで撮影2024年.jpg']],
    ['猫★', []],
    ['高尾Tow', ['12.jpg']],
    ['高尾tow -猫', ['12.jpg']],
    ['パーティー202', ['12.jpg']],
    ['高尾Tower ﾊﾟｰﾃｨｰ2', ['12.jpg']],
    // Nobody is still typing what something follows, or what is in quotes.
    ['高尾Tow パーティー', []],
    ['パーティー202 高尾Tow', []],
    ['"高尾Tow"', []],
    ['高尾 -高尾Tow', ['12.jpg']],
    ['尾高Tow', []],
    ['高尾ower', []],
    ['犬the', ['12.jpg']],
    ['"犬the"', []],
    ['北Þing', ['12.jpg']],
    ['北thin', ['12.jpg']],
    ['habour 高尾Tow', ['12.jpg']],
    ['habour 高尾Tox', []],
    // Of letters that are several plain ones or none.
    ['⑴ ﷺ ½', []],
    ['ـ', []],
  ])('%s finds %j', async (query, names) => {
    expect((await found(query)).sort()).toEqual(names);
  });

  test.each<[string, string[]]>([
    ['munchen', ['1.jpg']],
    ['MÜNCH', ['1.jpg']],
    ['HAUPTSTRASSE', ['8.jpg']],
    ['straße', ['3.jpg', '8.jpg']],
    ['100％', ['100％.jpg']],
    ['0%.', []],
    ['％', ['100％.jpg']],
    ['％.jpg', ['100％.jpg']],
    ['þó', ['Þórsmörk.jpg']],
    ['ミ', []],
    ['ラス', ['6.jpg', '7.jpg']],
    ['＼', []],
    ['＿', []],
    ['ｆiord', []],
  ])('a file name or a title has %s in it: %j', async (text, names) => {
    const { assets } = await server.data(
      'query ($text: String!) { assets(filter: { text: $text }) { edges { node { originalName } } } }',
      { text },
    );
    const found = assets.edges.map(({ node }: { node: { originalName: string } }) => node.originalName);
    expect(found.sort()).toEqual(names);
  });

  test('words as they were typed come first, of Chinese and Japanese too', async () => {
    expect(await found('夏祭り 橋')).toEqual(['14.jpg', '13.jpg']);
    expect(await found('橋 夏祭り')).toEqual(['13.jpg', '14.jpg']);
    expect(await found('夏祭り')).toEqual(['13.jpg', '14.jpg']);
  });

  test('a title comes first in any spelling', async () => {
    expect((await found('LODZ', 'HYBRID'))[0]).toBe('4.jpg');
    expect((await found('thorsmork', 'HYBRID'))[0]).toBe('Þórsmörk.jpg');
  });
});

test('a stop word with accents is one', async () => {
  const server = await startServer({
    settings: { SEARCH_LANGUAGE: 'german' },
    prepare: async (prisma, libraryId) => {
      const add = (originalName: string, fields: object) =>
        insertAsset(prisma, libraryId, { originalName, state: 'READY', ...fields });
      await add('1.jpg', { title: 'Café an der Straße' });
      await add('2.jpg', { description: 'Für dich' });
    },
  });
  try {
    for (const query of ['für cafe', 'café für', 'Strassen'])
      expect(await namesFound(server, { query, mode: 'KEYWORD' }), query).toEqual(['1.jpg']);
    for (const query of ['"für dich"', '"fur dich"'])
      expect(await namesFound(server, { query, mode: 'KEYWORD' }), query).toEqual(['2.jpg']);
  } finally {
    await server.close();
  }
});
