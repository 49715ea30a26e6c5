export interface PlaygroundTab {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
}

const PICTURE = `id
      originalName
      state
      rendition(size: THUMBNAIL) { url width height }`;

/** What the playground opens with. A test sends every one of them to the server. */
export const PLAYGROUND_TABS: readonly PlaygroundTab[] = [
  {
    name: '1 Search by text',
    query: `# Finds pictures by what they show: nobody has tagged them.
# score is a cosine, not a probability: compare it within one search.
query SearchByText($query: String!, $filter: AssetFilter) {
  searchByText(query: $query, filter: $filter, first: 5) {
    edges {
      score
      node {
      ${PICTURE}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { query: 'boats at sunset', filter: {} },
  },
  {
    name: '2 Upload',
    query: `# Add files below the variables ("Add files"), name them files, and send.
# Each file has an outcome of its own; the same file twice is a duplicate, not a second asset.
mutation Upload($files: [Upload!]!) {
  uploadAssets(files: $files) {
    __typename
    ... on UploadedAsset { asset { id originalName state } }
    ... on DuplicateAsset { asset { id originalName trashedAt } }
    ... on RejectedUpload { originalName code message }
  }
}`,
    variables: {},
  },
  {
    name: '3 Library',
    query: `# The latest uploads. Copy an id for the next tabs.
query Library($filter: AssetFilter, $after: String) {
  assets(filter: $filter, orderBy: { field: UPLOADED_AT, direction: DESC }, first: 10, after: $after) {
    totalCount
    edges {
      node {
      ${PICTURE}
      dominantColours
      labels { name source state probability }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { filter: { text: '' } },
  },
  {
    name: '4 Similar',
    query: `# Give the id of an asset as assetId, or add a file and name it image.
query SimilarImages($assetId: ID, $image: Upload) {
  similarImages(assetId: $assetId, image: $image, first: 5) {
    edges {
      score
      node {
      ${PICTURE}
      }
    }
  }
}`,
    variables: { assetId: '' },
  },
  {
    name: '5 Classify',
    query: `# Sorts a picture under labels of your own, best first. multiLabel judges each label for itself.
query Classify($assetId: ID, $image: Upload, $labels: [String!]!, $multiLabel: Boolean! = false) {
  zeroShotClassify(assetId: $assetId, image: $image, labels: $labels, multiLabel: $multiLabel) {
    label
    probability
    score
  }
}`,
    variables: { assetId: '', labels: ['coffee', 'dog', 'castle'], multiLabel: false },
  },
  {
    name: '6 Label',
    query: `# Suggests the labels that pass, then corrects one by hand: what a person decides, no model changes.
mutation Suggest($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float! = 0.5) {
  labelAssets(assetIds: $assetIds, labels: $labels, threshold: $threshold) {
    assets { originalName labels { name source state probability } }
    userErrors { code message }
  }
}

mutation Correct($assetIds: [ID!]!, $labels: [String!]!) {
  removeLabels(assetIds: $assetIds, labels: $labels) {
    assets { originalName labels { name source state } }
    userErrors { code message }
  }
}`,
    variables: { assetIds: [], labels: ['boat', 'animal', 'flower', 'building'], threshold: 0.5 },
  },
  {
    name: '7 Watch',
    query: `# Send the subscription, then upload in another tab.
subscription Watch {
  assetProcessed { id originalName state failure { code message } }
}

query Jobs {
  jobs(first: 5) {
    counts { queued running succeeded failed progress }
    edges { node { kind state attempts errorMessage } }
  }
}`,
    variables: {},
  },
];
