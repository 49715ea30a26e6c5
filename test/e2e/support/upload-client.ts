import { setTimeout as sleep } from 'node:timers/promises';
import { numberedPng, sample } from '../../support/pictures.js';
import { multipartForm, type Upload } from '../../support/server.js';

const FILES_A_REQUEST = 5;
const PAUSE_MS = 100;
const UPLOAD = `mutation ($files: [Upload!]!) { uploadAssets(files: $files) {
  __typename
  ... on UploadedAsset { asset { id } }
  ... on DuplicateAsset { asset { id } }
  ... on RejectedUpload { code isRetryable } } }`;

export interface Refusal {
  readonly code: string;
  readonly isRetryable: boolean;
}
type Outcome =
  | { readonly __typename: 'UploadedAsset' | 'DuplicateAsset'; readonly asset: { readonly id: string } }
  | ({ readonly __typename: 'RejectedUpload' } & Refusal);

/** A photograph that a search finds, among so many other small pictures. */
export const PHOTOGRAPH = 'boats-at-sunset.jpg';
export async function pictures(count: number, first = 0): Promise<Upload[]> {
  const numbers = Array.from({ length: count - 1 }, (_, index) => first + index);
  return [sample(PHOTOGRAPH.replace('.jpg', '')), ...(await Promise.all(numbers.map((number) => numberedPng(number))))];
}

/** Uploads files as a client does that means it: what is not answered, or refused for the time being, is sent again. */
export class UploadClient {
  /** What it was told of each file that was taken, by its name. */
  readonly told = new Map<string, { readonly type: 'UploadedAsset' | 'DuplicateAsset'; readonly id: string }>();
  /** What it was told of files, or of whole requests, that were refused. */
  readonly refusals: Refusal[] = [];
  unansweredRequests = 0;

  /** @param url of the server, asked for anew with each request */
  constructor(private readonly url: () => string) {}

  /** Resolves when each of them is taken. @throws when one is refused for good */
  async send(files: readonly Upload[], filesARequest = FILES_A_REQUEST): Promise<void> {
    const left = [...files];
    while (left.length > 0) {
      const refused = await this.attempt(left.splice(0, filesARequest));
      left.push(...refused);
      if (refused.length > 0) await sleep(PAUSE_MS);
    }
  }

  /** Sends them once, in one request. @returns those that were not taken. @throws when one is refused for good */
  async attempt(files: readonly Upload[]): Promise<Upload[]> {
    const outcomes = await this.#request(files);
    return files.filter(({ name }, index) => !this.#note(name, outcomes?.[index]));
  }

  /** @returns whether the file is taken */
  #note(name: string, outcome: Outcome | undefined): boolean {
    if (!outcome) return false;
    if (outcome.__typename === 'RejectedUpload') this.#refuse(outcome);
    else this.told.set(name, { type: outcome.__typename, id: outcome.asset.id });
    return outcome.__typename !== 'RejectedUpload';
  }

  async #request(files: readonly Upload[]): Promise<readonly Outcome[] | undefined> {
    const body = multipartForm(
      UPLOAD,
      { files: files.map(() => null) },
      Object.fromEntries(files.map((file, index) => [`files.${index}`, file])),
    );
    let text: string;
    try {
      const headers = { 'apollo-require-preflight': 'true' };
      text = await (await fetch(`${this.url()}/graphql`, { method: 'POST', headers, body })).text();
    } catch {
      this.unansweredRequests++;
      return undefined;
    }
    const { data, errors = [] } = JSON.parse(text) as {
      data?: { uploadAssets: Outcome[] } | null;
      errors?: { extensions: Refusal }[];
    };
    for (const { extensions } of errors) this.#refuse(extensions);
    return data?.uploadAssets;
  }

  #refuse({ code, isRetryable }: Refusal): void {
    this.refusals.push({ code, isRetryable });
    if (!isRetryable) throw new Error(`expected an upload that is taken, received ${code}`);
  }
}

/** Several clients at once, each with a part of the files. */
export function sendTogether(clients: readonly UploadClient[], files: readonly Upload[]): Promise<unknown> {
  const sending = Promise.all(
    clients.map((client, number) => client.send(files.filter((_, index) => index % clients.length === number))),
  );
  // A test does something else before it waits for the end, and fails then.
  sending.catch(() => undefined);
  return sending;
}

/** Ids of the assets by the names of their files, as these clients were told. */
export function toldTogether(clients: readonly UploadClient[]): Map<string, string> {
  return new Map(clients.flatMap(({ told }) => [...told].map(([name, { id }]) => [name, id] as const)));
}
