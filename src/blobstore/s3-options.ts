export interface S3ClientOptions {
  /** Address of a server other than Amazon's. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Without them the SDK looks where it always does: environment, shared files, instance or container role. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Whether the bucket is the first segment of the path instead of a name in front of the host. */
  readonly forcePathStyle: boolean;
  readonly timeouts?: S3Timeouts;
}

/** Each try of a request ends after these; a request is tried three times. */
export interface S3Timeouts {
  readonly connectMs: number;
  /** From the request to the head of its answer, and between two pieces of a body. */
  readonly answerMs: number;
}

export interface S3BlobStoreOptions extends S3ClientOptions {
  readonly bucket: string;
  /** In front of every key; empty, or segments of a key that end with `/`. */
  readonly prefix: string;
  /** Whether clients fetch blobs from S3 by addresses that are signed for them, or through this server. */
  readonly delivery: 'redirect' | 'proxy';
  /** Folder for local copies; this process's alone, emptied at the start. */
  readonly temporaryDir: string;
}
