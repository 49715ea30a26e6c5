import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, it } from 'vitest';
import { run } from './support/afterimage-process.js';
import { sharedServers } from './support/cluster.js';
import { scrape } from '../support/prometheus.js';

describe.skipIf(inject('server') === null)('the metrics of a worker', () => {
  const { cluster, settings } = sharedServers();

  it('are told to this machine until there is a key, to strangers never, and then to an ADMIN', async () => {
    const start = await cluster();
    const [here, everywhere] = await Promise.all([start('worker').url(), start('worker', { HOST: '0.0.0.0' }).url()]);
    expect((await scrape(here)).by('part', 'afterimage_part_up')).toMatchObject({ database: 1, model: 1 });
    // Whoever connects from elsewhere may call it by any name.
    for (const host of [undefined, 'localhost', '127.0.0.1:4000']) expect(await statusFor(everywhere, host)).toBe(401);
    expect(await (await fetch(`${everywhere}/health`)).json()).toEqual({ status: 'ok' });

    const keyOf = async (role: string) => {
      const { stdout } = await run(['keys', 'create', 'prometheus', '--role', role, '--library', 'watch'], settings());
      return stdout.split('\n')[0]!;
    };
    const [viewer, admin] = [await keyOf('VIEWER'), await keyOf('ADMIN')];
    expect(await statusFor(everywhere, undefined, viewer)).toBe(403);
    for (const url of [here, everywhere]) {
      const { names } = await scrape(url, { authorization: `Bearer ${admin}` });
      expect(names).toContain('afterimage_jobs');
    }
    await expect.poll(() => statusFor(here), { timeout: 20_000 }).toBe(401);
  });

  async function statusFor(url: string, host?: string, key?: string): Promise<number> {
    const headers = { ...(host && { host }), ...(key && { authorization: `Bearer ${key}` }) };
    const client = request(`${url}/metrics`, { headers });
    client.end();
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    await text(response);
    return response.statusCode!;
  }
});
