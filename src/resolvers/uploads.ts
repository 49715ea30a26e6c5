import type { Readable, Writable } from 'node:stream';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { spoolError, unsentError, type IncomingFile } from '../assets/incoming-file.js';

/** The types leave out where the bytes are spooled to, and that a file may come without a name. */
type SpooledFile = Omit<FileUpload, 'filename'> & { readonly capacitor: Writable; readonly filename?: string };

/**
 * A file of a multipart request. It resolves when the file's turn in the request has come.
 * @throws UPLOAD_INTERRUPTED when it never comes
 */
export async function toIncomingFile(upload: Promise<FileUpload>): Promise<IncomingFile> {
  const file = (await upload.catch((cause: unknown) => {
    throw unsentError(cause);
  })) as SpooledFile;
  return { originalName: unescaped(file.filename ?? ''), open: () => openFile(file) };
}

/**
 * As browsers send a name (HTML, multipart form data), its quotes and line breaks are escaped. A "%" is not, so that a
 * "%22" may be the name's own: those are rarer than quotes, and a quote in their place does them little harm.
 */
function unescaped(name: string): string {
  return name.replace(/%(?:22|0D|0A)/g, decodeURIComponent);
}

/** A spool that fails does not end by itself: whoever reads it would wait for ever, and what it holds would stay. */
function openFile(file: SpooledFile): Readable {
  const { capacitor } = file;
  if (capacitor.errored) {
    capacitor.destroy();
    throw spoolError(capacitor.errored);
  }
  const stream = file.createReadStream();
  capacitor.once('error', (error) => {
    stream.destroy(spoolError(error));
    capacitor.destroy();
  });
  return stream;
}
