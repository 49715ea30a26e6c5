import { ASSET, type PlaygroundTab } from './playground-tab.js';

/** From a label of one's own to a set that learns, in the order in which a labeller does it. */
export const LABELLING_TABS: readonly PlaygroundTab[] = [
  {
    name: 'Label',
    query: `# Suggests the labels that pass, then corrects one by hand: what a person decides, no model changes.
mutation Suggest($assetIds: [ID!]!, $labels: [String!]!, $threshold: Float! = 0.5) {
  labelAssets(assetIds: $assetIds, labels: $labels, threshold: $threshold) {
    assets { originalName labels { name source state probability } }
    userErrors { code message }
  }
}

mutation Correct($assetIds: [ID!]!, $wrongLabels: [String!]!) {
  removeLabels(assetIds: $assetIds, labels: $wrongLabels) {
    assets { originalName labels { name source state } }
    userErrors { code message }
  }
}`,
    variables: {
      assetIds: [],
      labels: ['boat', 'animal', 'flower', 'building'],
      threshold: 0.5,
      wrongLabels: ['building'],
    },
  },
  {
    name: 'Label set',
    query: `# 1. A set of labels to review with. Copy the id of the set for the next tabs.
# isExclusive: an asset has one of them at most, and the model chooses among them.
# Give such a set a label for what fits none of the others:
#   { name: "something else", prompts: ["a photo", "a picture", "an image"] }
# isAutomatic: its labels are suggested for each picture that comes in, and anew for all when the set has learned.
mutation MakeSet($set: LabelSetInput!) {
  createLabelSet(input: $set) {
    labelSet { id name labels { id name prompts } }
    userErrors { code message }
  }
}

query Sets {
  labelSets { id name isExclusive isAutomatic threshold labels { id name threshold } }
}`,
    variables: {
      set: {
        name: 'Contents',
        isExclusive: false,
        isAutomatic: false,
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
# threshold: least probability, instead of those of the set and its labels. Do it again when the set has learned
# and when there are new pictures, which an automatic one does by itself: what people decided stays.
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
# labelIds: some labels only. Then decide: copy assetId, labelId and revision into decisions. Whoever was slower gets a
# conflict. "None of these" of an exclusive set is to accept its label for all else: to reject the others teaches nothing.
query Queue($labelSetId: ID!, $order: ReviewOrder!, $labelIds: [ID!], $after: String) {
  reviewQueue(labelSetId: $labelSetId, order: $order, labelIds: $labelIds, first: 10, after: $after) {
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

# Without a batchId, your last change of labels: a merge is none.
mutation Undo($batchId: ID) {
  undoReview(batchId: $batchId) { batchId undoneCount conflicts { assetId labelId } userErrors { code message } }
}

query History($assetId: ID!) {
  labelHistory(assetId: $assetId, first: 10) { edges { node { at kind labelName fromState state source probability } } }
}`,
    variables: {
      labelSetId: null,
      order: 'UNCERTAIN_FIRST',
      decisions: [{ assetId: null, labelId: null, state: 'ACCEPTED', expectedRevision: 1 }],
      labelIds: null,
      batchId: null,
      assetId: null,
    },
  },
  {
    name: 'Accept in bulk',
    query: `# 4. Accepts everything the model is sure of, of all labels or of some. undoReview in the tab before takes it back.
mutation AcceptAll($labelSetId: ID!, $probability: Float!, $labelIds: [ID!], $filter: AssetFilter) {
  acceptAllAbove(labelSetId: $labelSetId, probability: $probability, labelIds: $labelIds, filter: $filter) {
    batchId acceptedCount remainingCount skippedCount
    userErrors { code message }
  }
}`,
    variables: { labelSetId: null, probability: 0.95, labelIds: null, filter: {} },
  },
  {
    name: 'Learn',
    query: `# 5. What people decided teaches the set; it also happens by itself, after every few decisions. Suggestions that are there
# stay as they are until "Classify all" makes them anew.
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
    name: 'Decided',
    query: `# 6. What people decided of a set, to be taken elsewhere: page by page. labelSetId of each label says of which set it is.
query Decided($labelSetId: ID!, $after: String) {
  assets(filter: { labels: [{ labelSetId: $labelSetId, states: [ACCEPTED, REJECTED] }] }, first: 200, after: $after) {
    totalCount
    edges {
      node {
        id originalName sha256
        labels(withRejected: true) { labelSetId name state source probability updatedAt }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}

# What nobody has decided of, whether or not there is a suggestion.
query Undecided($labelSetId: ID!, $after: String) {
  assets(
    filter: { not: { labels: [{ labelSetId: $labelSetId, states: [ACCEPTED, REJECTED] }] } }
    first: 50
    after: $after
  ) {
    totalCount
    edges { node { id originalName labels { labelSetId name state probability } } }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: { labelSetId: null },
  },
];
