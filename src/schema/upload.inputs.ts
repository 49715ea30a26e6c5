import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { ArgsType, Field } from 'type-graphql';
import { AssetInput } from './asset.inputs.js';
import { Upload } from './scalars.js';

// A class of its own, because type-graphql awaits the promises among single arguments: before the file's turn has come,
// and past our errors.
@ArgsType()
export class UploadAssetArgs {
  @Field(() => Upload)
  file!: Promise<FileUpload>;

  @Field(() => AssetInput, { nullable: true })
  input?: AssetInput;
}
