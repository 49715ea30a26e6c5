export interface PlaygroundTab {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
}

// The name that the playground itself gives to a file: nobody has to type one.
const ADD_FILE = 'open VARIABLES below, then "Add files", "Select files"';

const ASSET = `id
        originalName
        state
        rendition(size: THUMBNAIL) { url width height }`;

/** What the playground opens with, on the last of them. A test sends every one of them to the server. */
export const PLAYGROUND_TABS: readonly PlaygroundTab[] = [
  {
    name: 'Upload',
    query: `# To add a file: ${ADD_FILE}. To add several: first click on the 1 beside it.
# Each file has an outcome of its own; the same file twice is a duplicate, not a second asset.
mutation Upload($file: [Upload!]!) {
  uploadAssets(files: $file) {
    __typename
    ... on UploadedAsset { asset { id originalName state } }
    ... on DuplicateAsset { asset { id originalName trashedAt } }
    ... on RejectedUpload { originalName code message }
  }
}`,
    variables: {},
  },
  {
    name: 'Library',
    query: `# The latest uploads. Copy an id for the next tabs.
query Library($filter: AssetFilter, $after: String) {
  assets(filter: $filter, orderBy: { field: UPLOADED_AT, direction: DESC }, first: 10, after: $after) {
    totalCount
    edges {
      node {
        ${ASSET}
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
    name: 'Similar',
    query: `# Give the id of an asset, or a picture of your own: ${ADD_FILE}.
# withText steers by a text as well, such as {"text": "at night", "weight": 1}; crop means a part of the picture,
# such as its left half: {"left": 0, "top": 0, "width": 0.5, "height": 1}.
query SimilarImages($assetId: ID, $file: Upload, $crop: Crop, $withText: TextClue) {
  similarImages(assetId: $assetId, image: $file, crop: $crop, withText: $withText, first: 5) {
    edges {
      score
      node {
        ${ASSET}
      }
    }
  }
}`,
    variables: { assetId: null },
  },
  {
    name: 'Classify',
    query: `# Sorts a picture under labels of your own, best first. multiLabel judges each label for itself.
# Give the id of an asset, or a picture of your own: ${ADD_FILE}.
query Classify($assetId: ID, $file: Upload, $labels: [String!]!, $multiLabel: Boolean! = false) {
  zeroShotClassify(assetId: $assetId, image: $file, labels: $labels, multiLabel: $multiLabel) {
    label
    probability
    score
  }
}`,
    variables: { assetId: null, labels: ['coffee', 'dog', 'castle'], multiLabel: false },
  },
  {
    name: 'Label',
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
    name: 'Label set',
    query: `# 1. A set of labels to review with. Copy the id of the set for the next tabs.
# isExclusive: an asset has one of them at most, and the model chooses among them.
mutation MakeSet($set: LabelSetInput!) {
  createLabelSet(input: $set) {
    labelSet { id name labels { id name prompts } }
    userErrors { code message }
  }
}

query Sets {
  labelSets { id name isExclusive threshold labels { id name threshold } }
}`,
    variables: {
      set: {
        name: 'Contents',
        isExclusive: false,
        labels: [
          { name: 'boat', synonyms: ['ship'] },
          { name: 'animal' },
          { name: 'flower', negativePrompts: ['a photo of a tree'] },
          { name: 'building', colour: '#8a6d3b' },
        ],
      },
    },
  },
  {
    name: 'Classify all',
    query: `# 2. First dryRun: true, which counts and writes nothing; look at the result; then dryRun: false.
# threshold: least probability, instead of those of the set and its labels.
mutation ClassifyAll($labelSetId: ID!, $dryRun: Boolean!, $threshold: Float, $filter: AssetFilter) {
  classifyAssets(labelSetId: $labelSetId, dryRun: $dryRun, threshold: $threshold, filter: $filter) {
    classification { id state total }
    userErrors { code message }
  }
}

query Latest {
  classifications(first: 1) {
    edges {
      node {
        id state isDryRun progress total notReady suggested
        labels { name passed bands { min count examples { id originalName } } }
      }
    }
  }
}

subscription Progress {
  classificationProgress { id state progress suggested }
}`,
    variables: { labelSetId: null, dryRun: true, filter: {} },
  },
  {
    name: 'Review',
    query: `# 3. What to look at first: UNCERTAIN_FIRST, CONFIDENT_FIRST or DISAGREEMENT.
# Then decide: copy assetId, labelId and revision into decisions. Whoever was slower gets a conflict.
query Queue($labelSetId: ID!, $order: ReviewOrder!, $after: String) {
  reviewQueue(labelSetId: $labelSetId, order: $order, first: 10, after: $after) {
    totalCount
    edges {
      node {
        asset { ${ASSET} }
        assignments { label { id name } probability state revision }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}

mutation Decide($decisions: [LabelDecision!]!) {
  reviewLabels(decisions: $decisions) {
    batchId
    outcomes {
      __typename
      ... on ReviewedLabel { assetId labelId state revision }
      ... on ReviewConflict { assetId labelId currentState currentRevision }
      ... on UnknownDecision { assetId labelId message }
    }
  }
}

mutation Undo {
  undoReview { undoneCount conflicts { assetId labelId } userErrors { code message } }
}

query History($assetId: ID!) {
  labelHistory(assetId: $assetId, first: 10) { edges { node { at kind labelName fromState state source probability } } }
}`,
    variables: {
      labelSetId: null,
      order: 'UNCERTAIN_FIRST',
      decisions: [{ assetId: null, labelId: null, state: 'ACCEPTED', expectedRevision: 1 }],
      assetId: null,
    },
  },
  {
    name: 'Accept in bulk',
    query: `# 4. Accepts everything the model is sure of. undoReview in the tab before takes it back.
mutation AcceptAll($labelSetId: ID!, $probability: Float!, $filter: AssetFilter) {
  acceptAllAbove(labelSetId: $labelSetId, probability: $probability, filter: $filter) {
    batchId acceptedCount remainingCount
    userErrors { code message }
  }
}`,
    variables: { labelSetId: null, probability: 0.95, filter: {} },
  },
  {
    name: 'Learn',
    query: `# 5. What people decided teaches the set; it also happens by itself, after every few decisions.
mutation Train($labelSetId: ID!) {
  trainLabelSet(labelSetId: $labelSetId) {
    head { version state pictures decisions }
    userErrors { code message }
  }
}

# Is it better than before, and where should the thresholds be?
query Quality($labelSetId: ID!, $wantedPrecision: Float! = 0.9) {
  labelSetQuality(labelSetId: $labelSetId, wantedPrecision: $wantedPrecision) {
    isActive
    before { accuracy logLoss }
    after { accuracy logLoss }
    labels {
      name acceptedCount rejectedCount threshold suggestedThreshold
      before { precision recall f1 }
      after { precision recall f1 }
    }
    versions { version state createdAt }
  }
}

mutation TakeBack($labelSetId: ID!) {
  rollbackLabelSet(labelSetId: $labelSetId) {
    head { version state }
    userErrors { code message }
  }
}`,
    variables: { labelSetId: null, wantedPrecision: 0.9 },
  },
  {
    name: 'Watch',
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
  {
    name: 'Explore',
    query: `# For whoever looks for nothing in particular. Each takes a filter too.
query Groups($k: Int! = 6) {
  clusters(k: $k) {
    sampleSize
    clusters {
      name
      size
      cohesion
      representatives {
        ${ASSET}
      }
    }
  }
}

query Timeline {
  timeline(by: MONTH) { buckets { date count } undatedCount }
}

query Map($box: GeoBox!, $zoom: Int!) {
  map(box: $box, zoom: $zoom) { totalCount clusters { count latitude longitude asset { originalName } } }
}

# Another seed gives another order.
query Random($seed: String!) {
  randomAssets(seed: $seed, first: 5) { edges { node { id originalName } } }
}`,
    variables: { k: 6, box: { west: -180, south: -85, east: 180, north: 85 }, zoom: 2, seed: 'today' },
  },
  {
    name: 'Collections',
    query: `# A collection with a query is a smart one. Without, addToCollection(id, assetIds) puts assets into it.
mutation Create($input: CollectionInput!) {
  createCollection(input: $input) {
    collection { id name }
    userErrors { code message }
  }
}

query Collections {
  collections(first: 10) {
    edges {
      node {
        id
        name
        assetCount
        query
        assets(first: 5) {
          edges {
            node {
              ${ASSET}
            }
          }
        }
      }
    }
  }
}`,
    variables: { input: { name: 'Boats', query: { query: 'boats', limit: 5 } } },
  },
  {
    name: 'Webhooks',
    query: `# Has your own program told what happens. The secret, which signs every message, is shown once.
mutation CreateWebhook($url: String!, $events: [WebhookEvent!]!) {
  createWebhook(url: $url, events: $events) {
    secret
    webhook { id url events }
    userErrors { code message }
  }
}

query Webhooks {
  webhooks { id url events failingSince disabledAt disabledReason }
}`,
    variables: { url: 'http://127.0.0.1:8080/afterimage', events: ['ASSET_READY', 'LABELS_CHANGED', 'JOB_FINISHED'] },
  },
  {
    name: 'Search by text',
    query: `# Finds pictures by what they show, and by the words in title, tags, labels and file name: "a phrase", -without.
# score is a cosine, not a probability: compare it within one search. mode: HYBRID, SEMANTIC or KEYWORD.
# not steers away from texts, like and unlike by assets, such as {"assetId": "...", "weight": 1}.
query SearchByText($query: String!, $mode: SearchMode, $not: [TextClue!], $like: [PictureClue!], $filter: AssetFilter) {
  searchByText(query: $query, mode: $mode, not: $not, like: $like, filter: $filter, first: 5) {
    edges {
      score
      matchedBy
      node {
        ${ASSET}
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { query: 'boats at sunset', mode: 'HYBRID', not: [], like: [], filter: {} },
  },
];
