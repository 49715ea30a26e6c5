/** What is refused by the rules of HTTP, with a status of its own below 500. The code of it is GRAPHQL_INVALID. */
export function requestRefusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}
