import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { uploadError, type IncomingFile } from '../assets/incoming-file.js';

/**
 * A file of a multipart request. It resolves when the file's turn in the request has come.
 * @throws UPLOAD_INTERRUPTED when it never comes
 */
export async function toIncomingFile(upload: Promise<FileUpload>): Promise<IncomingFile> {
  const file = await upload.catch((cause: unknown) => {
    throw uploadError(cause);
  });
  return { originalName: file.filename, open: () => file.createReadStream() };
}
