import { ASSET, type PlaygroundTab } from './playground-tab.js';
import { LABELLING_TABS } from './playground-tabs.labelling.js';

// The name that the playground itself gives to a file: nobody has to type one.
const ADD_FILE = 'open VARIABLES below, then "Add files", "Select files"';

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
}

# Says the same of many. Each keeps its other tags.
mutation Describe($assetIds: [ID!]!, $input: AssetsInput!) {
  updateAssets(ids: $assetIds, input: $input) {
    assets { originalName title tags isFavourite rating }
    userErrors { code message assetId }
  }
}`,
    variables: { filter: { text: '' }, assetIds: [], input: { addTags: ['harbour'], removeTags: ['habour'] } },
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
  ...LABELLING_TABS,
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
