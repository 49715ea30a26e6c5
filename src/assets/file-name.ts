/** A name without blanks around it. Control characters would speak to a terminal, and show nothing elsewhere. */
export function printableName(name: string): string {
  return name.trim().replace(/\p{Cc}/gu, '\uFFFD');
}
