import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PLAYGROUND_TABS } from '#dist/http/playground-tabs.js';
import { AfterimageProcess } from './support/afterimage-process.js';
import { BrowserPage, WHY_NO_BROWSER } from './support/browser.js';
import { emptyDataDir } from './support/data-dir.js';
import { SAMPLES } from './support/samples.js';

const withText = (selector: string, text: string) =>
  `[...document.querySelectorAll('${selector}')].find((each) => each.offsetParent && each.textContent.trim() === ${JSON.stringify(text)})`;
const TABS = '.window-switcher__input';
const shows = (text: string) => `document.body.innerText.includes(${JSON.stringify(text)})`;

describe.skipIf(WHY_NO_BROWSER)(`the playground in a browser${WHY_NO_BROWSER ? `: ${WHY_NO_BROWSER}` : ''}`, () => {
  it('uploads, searches and watches as it comes, and asks nothing of other hosts', async () => {
    const server = new AfterimageProcess(['serve'], { DATA_DIR: await emptyDataDir(), PORT: '0' });
    const url = await server.url();
    const page = await BrowserPage.open(`${url}/playground`);

    await page.sees(withText(TABS, PLAYGROUND_TABS.at(-1)!.name));
    const names = await page.evaluate(`[...document.querySelectorAll('${TABS}')].map((tab) => tab.textContent.trim())`);
    expect(names).toEqual(PLAYGROUND_TABS.map(({ name }) => name));

    await page.click(withText(TABS, 'Watch'));
    await page.click(withText('.cm-content *', '► (Send subscription Watch)'));
    await vi.waitUntil(() => page.sentFrames.some((frame) => frame.includes('assetProcessed')), { timeout: 40_000 });

    await page.click(withText(TABS, 'Upload'));
    await page.click(withText('[track-id="toggle_variables"]', 'Variables'));
    await page.click(withText('button', 'Add files'));
    await page.sees(withText('button', 'Select files'));
    await page.chooseFiles('app-variable-file-item input[type=file]', [join(SAMPLES, 'boats-at-sunset.jpg')]);
    await page.click(withText('button', 'Send Request'));
    await page.until(shows('"__typename": "UploadedAsset"'));

    await page.click(withText(TABS, 'Watch'));
    await page.until(shows('"state": "READY"'));

    await page.click(withText(TABS, 'Search by text'));
    await page.click(withText('button', 'Send Request'));
    await page.until(shows('"originalName": "boats-at-sunset.jpg"'));
    expect(await page.evaluate(shows('"score": 0.'))).toBe(true);

    expect(page.errors).toEqual([]);
    const { host } = new URL(url);
    const others = page.requests.filter((request) => !/^(data|blob):/.test(request) && new URL(request).host !== host);
    expect(others).toEqual([]);
    expect(page.requests).toContain(`ws://${host}/graphql`);
  });
});
