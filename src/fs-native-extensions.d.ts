declare module 'fs-native-extensions' {
  /** Locks a range of bytes of an open file; false when another holds it. The lock ends with the file's closing. */
  export function tryLock(fd: number, offset?: number, length?: number): boolean;
}
