import { expect } from 'vitest';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[0-9.e+-]+|[+-]Inf|[Nn]a[Nn])$`);
const ABOUT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);

/** What a process tells of itself in the text format of Prometheus, read as strictly as that is defined. */
export class Scrape {
  /** By name. */
  readonly types = new Map<string, string>();
  readonly #samples = new Map<
    string,
    { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
  >();

  constructor(text: string) {
    expect(text).toMatch(/\n$/);
    const series = new Set<string>();
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const [, about, subject, says] = ABOUT.exec(line) ?? [];
      if (about === 'TYPE') this.types.set(subject!, says!);
      if (about) continue;
      const [, name, labels = '', ...rest] = SAMPLE.exec(line) ?? [];
      if (name === undefined) throw new Error(`expected a sample, received ${line}`);
      expect(series, 'a series that is there once').not.toContain(`${name}{${labels}}`);
      series.add(`${name}{${labels}}`);
      const pairs = [...labels.matchAll(new RegExp(LABEL, 'g'))].map(([, label, value]) => [label!, value!] as const);
      const sample = { labels: Object.fromEntries(pairs), value: Number(rest.at(-1)!.replace('Inf', 'Infinity')) };
      this.#samples.set(name, [...(this.#samples.get(name) ?? []), sample]);
    }
  }

  get names(): string[] {
    return [...this.#samples.keys()];
  }

  /** The values of a metric by those of one label. */
  by(label: string, name: string): Record<string, number> {
    return Object.fromEntries((this.#samples.get(name) ?? []).map(({ labels, value }) => [labels[label]!, value]));
  }

  /** That of the series with these labels; undefined where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const has = (series: { readonly labels: Readonly<Record<string, string>> }) =>
      Object.entries(labels).every(([label, value]) => series.labels[label] === value);
    return this.#samples.get(name)?.find(has)?.value;
  }
}

export async function scrape(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, { headers });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return new Scrape(text);
}
