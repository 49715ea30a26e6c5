const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether it can be one of our ids at all: a UUID in lower case. Any other text is the id of nothing. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
