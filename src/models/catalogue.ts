import type { Dtype } from '../inference/model-manifest.js';

/** A figure that others have published, with the place where it can be looked up. */
export interface PublishedFigure {
  /** Per cent. */
  readonly value: number;
  readonly source: string;
}

/** A model that is known to be worth having. What is unknown is left out: nothing here is a guess. */
export interface CatalogueEntry {
  readonly id: string;
  readonly about: string;
  /** BCP 47 tags; `mul` for more languages than a list would help with. */
  readonly languages: readonly string[];
  readonly license: string;
  /** Length of an embedding. */
  readonly dimension: number;
  /** Edge of the square that the image encoder takes, in pixels. */
  readonly inputSize: number;
  /** Undefined for a model that comes with Afterimage. */
  readonly hub?: {
    readonly repository: string;
    /** A commit where one is known to hold the files; a branch otherwise. */
    readonly revision: string;
    /** Both encoders and the tokenizer, in megabytes (10^6 bytes), where somebody has published it. */
    readonly megabytes?: Partial<Record<Dtype, number>>;
  };
  /** ImageNet-1k, zero-shot, top-1. */
  readonly imagenet?: PublishedFigure;
  /** A picture by its caption, the right one first (recall@1). */
  readonly retrieval?: PublishedFigure & { readonly benchmark: 'Flickr30k' | 'COCO' | 'XM3600' };
  /** Read from the published weights; the scale is exponentiated. A hub's separate encoders do not hold them. */
  readonly logits?: { readonly scale: number; readonly bias: number };
}

const OPEN_CLIP = 'https://github.com/mlfoundations/open_clip, docs/openclip_classification_results.csv';
const OPEN_CLIP_RETRIEVAL = 'https://github.com/mlfoundations/open_clip, docs/openclip_retrieval_results.csv';
const OPEN_CLIP_README = 'https://github.com/mlfoundations/open_clip, README.md';
const BIG_VISION = 'https://github.com/google-research/big_vision, README_siglip2.md';

/** CLIP's training clips the scale at 100, and all of these have come to it. */
export const CLIP_LOGITS = { scale: 100, bias: 0 };
/** Of the base models. */
export const SIGLIP_LOGITS = { scale: 117.330795, bias: -12.932437 };
export const SIGLIP2_LOGITS = { scale: 112.668907, bias: -16.771725 };

export const RECOMMENDED = 'clip-vit-b-32-laion2b';

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    id: 'afterimage-small-v1',
    about: 'built in; small, for a start',
    languages: ['en'],
    license: 'Apache-2.0',
    dimension: 384,
    inputSize: 260,
  },
  {
    id: RECOMMENDED,
    about: 'LAION-2B ViT-B/32, recommended',
    languages: ['en'],
    license: 'MIT',
    dimension: 512,
    inputSize: 224,
    hub: {
      repository: 'onnx-community/CLIP-ViT-B-32-laion2B-s34B-b79K-ONNX',
      revision: 'de693d0c5a5b263ae94ece9bf751e0cda14305d8',
    },
    imagenet: { value: 66.6, source: OPEN_CLIP_README },
    retrieval: { benchmark: 'Flickr30k', value: 66.8, source: OPEN_CLIP_RETRIEVAL },
    logits: CLIP_LOGITS,
  },
  {
    id: 'clip-vit-b-32-openai',
    about: 'OpenAI ViT-B/32',
    languages: ['en'],
    license: 'MIT',
    dimension: 512,
    inputSize: 224,
    hub: {
      repository: 'Xenova/clip-vit-base-patch32',
      revision: 'd15189d7028b43f1d3e65039190477f6af591c2a',
      megabytes: { fp32: 606, int8: 154 },
    },
    imagenet: { value: 63.3, source: OPEN_CLIP_README },
    retrieval: { benchmark: 'Flickr30k', value: 58.8, source: OPEN_CLIP_RETRIEVAL },
    logits: CLIP_LOGITS,
  },
  {
    id: 'clip-vit-b-16-openai',
    about: 'OpenAI ViT-B/16: finer, 3 times as slow',
    languages: ['en'],
    license: 'MIT',
    dimension: 512,
    inputSize: 224,
    hub: { repository: 'Xenova/clip-vit-base-patch16', revision: 'main' },
    imagenet: { value: 68.3, source: OPEN_CLIP_README },
    retrieval: { benchmark: 'Flickr30k', value: 62.2, source: OPEN_CLIP_RETRIEVAL },
    logits: CLIP_LOGITS,
  },
  {
    id: 'clip-vit-l-14-openai',
    about: 'OpenAI ViT-L/14: large',
    languages: ['en'],
    license: 'MIT',
    dimension: 768,
    inputSize: 224,
    hub: { repository: 'Xenova/clip-vit-large-patch14', revision: 'main' },
    imagenet: { value: 75.5, source: OPEN_CLIP },
    retrieval: { benchmark: 'Flickr30k', value: 65.0, source: OPEN_CLIP_RETRIEVAL },
    logits: CLIP_LOGITS,
  },
  {
    id: 'siglip-base-224',
    about: 'SigLIP base/16: a probability for each label by itself',
    languages: ['en'],
    license: 'Apache-2.0',
    dimension: 768,
    inputSize: 224,
    hub: {
      repository: 'Xenova/siglip-base-patch16-224',
      revision: '4649052661e53c7000355844105f8a1792088239',
      megabytes: { fp32: 813, int8: 211 },
    },
    imagenet: { value: 76.0, source: OPEN_CLIP },
    retrieval: { benchmark: 'Flickr30k', value: 74.7, source: OPEN_CLIP_RETRIEVAL },
    logits: SIGLIP_LOGITS,
  },
  {
    id: 'siglip2-base-224',
    about: 'SigLIP 2 base/16: the best figures here, in many languages',
    languages: ['mul'],
    license: 'Apache-2.0',
    dimension: 768,
    inputSize: 224,
    hub: {
      repository: 'onnx-community/siglip2-base-patch16-224-ONNX',
      revision: 'ba1f3b0843f24bc5417d38e19c37b287d719b2f4',
      megabytes: { fp32: 1501, int8: 378 },
    },
    imagenet: { value: 78.2, source: BIG_VISION },
    retrieval: { benchmark: 'COCO', value: 52.1, source: BIG_VISION },
    logits: SIGLIP2_LOGITS,
  },
  {
    id: 'siglip-base-256-multilingual',
    about: 'SigLIP base/16, multilingual',
    languages: ['mul'],
    license: 'Apache-2.0',
    dimension: 768,
    inputSize: 256,
    hub: { repository: 'Xenova/siglip-base-patch16-256-multilingual', revision: 'main' },
    imagenet: { value: 75.1, source: OPEN_CLIP },
    retrieval: { benchmark: 'Flickr30k', value: 72.2, source: OPEN_CLIP_RETRIEVAL },
  },
];

export function catalogueEntry(id: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.id === id);
}
