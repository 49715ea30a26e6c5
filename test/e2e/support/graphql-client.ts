import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly object[];
}

export async function askGraphQL(
  url: string,
  query: string,
  { variables, secret }: { variables?: object; secret?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(secret && { authorization: `Bearer ${secret}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

/** Sends files by the GraphQL multipart request specification. */
export async function uploadFiles(url: string, paths: readonly string[]): Promise<Answer> {
  const form = new FormData();
  const query = 'mutation ($files: [Upload!]!) { uploadAssets(files: $files) { __typename } }';
  form.set('operations', JSON.stringify({ query, variables: { files: paths.map(() => null) } }));
  form.set('map', JSON.stringify(Object.fromEntries(paths.map((_, index) => [index, [`variables.files.${index}`]]))));
  for (const [index, path] of paths.entries())
    form.set(String(index), new Blob([await readFile(path)]), basename(path));
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'apollo-require-preflight': 'true' },
    body: form,
  });
  return (await response.json()) as Answer;
}
