import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases.js';
import { namesFound, SEARCH_FOR_NAMES } from '../support/names-found.js';
import { insertAsset } from '../support/rows.js';
import { startServer, type TestServer } from '../support/server.js';

describeOnEveryDatabase('what the index of words does not have', (database) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      database,
      prepare: async (prisma, libraryId) => {
        const add = (originalName: string, fields: object = {}) =>
          insertAsset(prisma, libraryId, { originalName, state: 'READY', ...fields });
        for (let index = 0; index < 5; index += 1) await add(`LIVE_the_who-${index}.the who.jpg`);
        await add('the-who.jpg');
        await add('theatre-who.jpg', { tags: ['the', 'band'] });
        await add('It is what it is.jpg');
        await add('biplane-from-above.jpg', { title: 'A picture' });
        await add('harbourFromAbove.png', { title: 'The picture', description: 'Boats at the quay' });
        await add('platfrom.png', { title: 'A picture', description: 'Seen from above, it is so' });
        await add('sand.png', { title: 'A day at the beach', tags: ['red', 'car'] });
        await add('cake.png', { title: 'Party 🎉', tags: ['birthday'] });
        await add('balloons.png', { title: 'Party', tags: ['❤️', '🇩🇪', 'well-🎂-known'] });
        await add('weather.png', { title: '20 °C', description: 'party hats 👩‍🚀' });
        await add('scotland.png', { title: '🏴󠁧󠁢󠁳󠁣󠁴󠁿 ★ ♪', tags: ['№ 7', '1️⃣'] });
        await add('england.png', { title: '🏴󠁧󠁢󠁥󠁮󠁧󠁿 10 ₺ → 5 €', tags: ['℃', '2️⃣'], description: 'a ≠ b, 1 × 2 ⃣' });
      },
    });
  });
  afterAll(() => server.close());

  const found = (query: string, more: { mode?: string; first?: number } = {}) =>
    namesFound(server, { query, mode: 'KEYWORD', ...more });

  test.each<[string, string[]]>([
    ['"it is what it is.jpg"', ['It is what it is.jpg']],
    ['“It is what it is”', ['It is what it is.jpg']],
    ['"it jpg"', []],
    // Two words that are left, so far apart, are enough: the index knows their other forms.
    ['"day at the beaches"', ['sand.png']],
    ['"days on the beach"', ['sand.png']],
    ['"day beach"', []],
    ['sand -"at the quay" -"red car"', ['sand.png']],
    ['"½ ¼"', []],
    ['sand -"½ ¼"', ['sand.png']],
    ['SAND® beach™', ['sand.png']],
    ['"the theatre"', []],
    ['"who from"', []],
    ['"the quay"', ['harbourFromAbove.png']],
    ['"AT THE quay" boat', ['harbourFromAbove.png']],
    ['"in the quay"', []],
    ['"in the quay" harbor', []],
    ['"at the quay" harbor', ['harbourFromAbove.png']],
    ['boats -"in the quay"', ['harbourFromAbove.png']],
    ['boats -"at the quay"', []],
    ['harbor -"at the quay"', []],
    // In texts a phrase counts, a stop word alone in names.
    ['"from above"', ['biplane-from-above.jpg', 'harbourFromAbove.png', 'platfrom.png']],
    ['from above', ['biplane-from-above.jpg', 'harbourFromAbove.png']],
    ['above from', ['biplane-from-above.jpg', 'harbourFromAbove.png']],
    ['from what', []],
    ['picture -above', ['platfrom.png']],
    ['pictre -above', ['platfrom.png']],
    ['picture -"from above"', []],
    ['picture -"from what" -biplane', ['harbourFromAbove.png', 'platfrom.png']],
    ['🎉', ['cake.png']],
    ['"🎉"', ['cake.png']],
    ['party 🎉', ['cake.png']],
    ['birthdy 🎉', ['cake.png']],
    ['🎉 -birthday', []],
    ['party -🎉', ['balloons.png', 'weather.png']],
    ['party -"party 🎉"', ['balloons.png', 'weather.png']],
    ['birthdy -🎂', ['cake.png']],
    ['birthdy -🎉', []],
    ['❤', ['balloons.png']],
    ['❤️ 🇩🇪', ['balloons.png']],
    ['🇪🇩', []],
    ['well🎂known', ['balloons.png']],
    ['party -well🎂known', ['cake.png', 'weather.png']],
    ['party -well🎉known', ['balloons.png', 'cake.png', 'weather.png']],
    ['👩‍🚀', ['weather.png']],
    ['20°', ['weather.png']],
    ['20 ° the', ['weather.png']],
    ['🦄', []],
    ['★', ['scotland.png']],
    ['♪★', ['scotland.png']],
    ['№7', ['scotland.png']],
    ['→', ['england.png']],
    ['10₺', ['england.png']],
    ['"5 €"', ['england.png']],
    ['℃ ≠', ['england.png']],
    ['€ $ + | = ^ ~ < >', ['england.png']],
    ['♪ -★', []],
    ['🏴󠁧󠁢󠁳󠁣󠁴󠁿', ['scotland.png']],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', ['england.png']],
    // A key is its digit.
    ['№ 1️⃣', ['scotland.png']],
    ['№ 2️⃣', []],
    // The colour of a skin is not asked for.
    ['👩🏾‍🚀', ['weather.png']],
  ])('is looked for as it is written: %s finds %j', async (query, names) => {
    expect((await found(query)).sort()).toEqual(names);
    const ahead = await found(query, { mode: 'HYBRID', first: Math.max(names.length, 1) });
    if (names.length > 0) expect(ahead.sort()).toEqual(names);
  });

  test('a name in quotes comes before others that have it in them', async () => {
    const [first, ...others] = await found('"the-who.jpg"');
    expect(first).toBe('the-who.jpg');
    expect(others).toHaveLength(5);
    expect((await found('"the-who.jpg"', { mode: 'HYBRID' })).slice(0, 3)).toContain('the-who.jpg');
  });

  test('a name of stop words comes before others that have them', async () => {
    const [first, ...others] = await found('the who');
    expect(first).toBe('the-who.jpg');
    expect(others).toHaveLength(6);
    expect(others).toContain('theatre-who.jpg');
  });

  test.each(['-🎉', '-above'])('%s alone is refused', async (query) => {
    expect(await server.code(SEARCH_FOR_NAMES, { query })).toBe('INVALID_ARGUMENT');
  });

  test.each(['it '.repeat(300), `"${'it '.repeat(300)}"`, '🎉'.repeat(300), `party ${'-🎉 -it -"it is" '.repeat(50)}`])(
    'very much of it is answered, %#',
    async (query) => {
      for (const mode of ['KEYWORD', 'HYBRID']) expect(await found(query, { mode })).toBeInstanceOf(Array);
    },
  );
});
