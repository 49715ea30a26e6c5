/** An answer other than 200, with the body that a real server sends. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export const wrongInput = (message: string) => new Refusal(400, `Wrong input: ${message}`);
export const formatError = (message: string) => new Refusal(400, `Format error in JSON body: ${message}`);
export const notFound = (message: string) => new Refusal(404, `Not found: ${message}`);
export const invalid = (message: string) => new Refusal(422, `Validation error in JSON body: [${message}]`);
