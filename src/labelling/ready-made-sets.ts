import type { LabelSetFile } from './label-set-files.js';

const of = (names: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(names).map(([name, prompts]) => ({ name, prompts }));

/** Sets to begin with, for those who want them. The prompts are English, as the built-in encoder is. */
export const READY_MADE_SETS = {
  SUBJECTS: {
    name: 'Subjects',
    description: 'What is in the picture; any number of them.',
    isExclusive: false,
    threshold: 0.5,
    labels: of({
      Person: ['a photo of a person', 'a portrait of a man', 'a portrait of a woman'],
      'Group of people': ['a photo of a group of people', 'a crowd of people'],
      Child: ['a photo of a child', 'children playing'],
      Dog: ['a photo of a dog', 'a puppy'],
      Cat: ['a photo of a cat', 'a kitten'],
      Bird: ['a photo of a bird', 'a bird on a branch', 'birds in flight'],
      Horse: ['a photo of a horse', 'horses in a field'],
      'Wild animal': ['a photo of a wild animal', 'wildlife photography'],
      Insect: ['a close-up photo of an insect', 'a butterfly'],
      Flower: ['a photo of a flower', 'flowers in bloom'],
      Tree: ['a photo of a tree', 'trees in a park'],
      Food: ['a photo of food', 'a meal on a plate', 'a dessert'],
      Drink: ['a photo of a drink', 'a cup of coffee', 'a glass of wine'],
      Building: ['a photo of a building', 'the facade of a house', 'modern architecture'],
      Bridge: ['a photo of a bridge'],
      Church: ['a photo of a church', 'a cathedral'],
      Car: ['a photo of a car', 'a car on the road'],
      Bicycle: ['a photo of a bicycle'],
      Train: ['a photo of a train', 'a train at a station'],
      Boat: ['a photo of a boat', 'a sailing boat', 'a ship at sea'],
      Aircraft: ['a photo of an aeroplane', 'a plane in the sky'],
      Document: ['a scan of a document', 'a page with text'],
      Screenshot: ['a screenshot of a computer screen', 'a screenshot of an app'],
      Artwork: ['a painting', 'a drawing', 'a statue'],
    }),
  },
  SCENES: {
    name: 'Scenes',
    description: 'Where the picture was taken; one of them.',
    isExclusive: true,
    threshold: 0.5,
    labels: of({
      Beach: ['a photo of a beach', 'a sandy beach by the sea'],
      'Open sea': ['a photo of the open sea', 'waves on the ocean'],
      'Lake or river': ['a photo of a lake', 'a photo of a river'],
      Mountains: ['a photo of mountains', 'a mountain landscape with snow'],
      Forest: ['a photo of a forest', 'a path through the woods'],
      Countryside: ['a photo of fields in the countryside', 'a green meadow'],
      Desert: ['a photo of a desert', 'sand dunes'],
      'Park or garden': ['a photo of a garden', 'a photo of a park in a city'],
      'City street': ['a photo of a street in a city', 'street photography'],
      Skyline: ['a photo of the skyline of a city', 'a city seen from above'],
      'Living room': ['a photo of a living room', 'the interior of a home'],
      Kitchen: ['a photo of a kitchen'],
      Office: ['a photo of an office', 'people at work at their desks'],
      'Restaurant or café': ['a photo of the inside of a restaurant', 'a table in a café'],
      Shop: ['a photo of the inside of a shop', 'shelves in a supermarket'],
      Stage: ['a photo of a concert', 'a performance on a stage'],
      'Sports ground': ['a photo of a stadium', 'a photo of a sports field'],
      Studio: ['a studio photo on a plain background', 'a product photo on a white background'],
      // What fits any picture is a rival of all labels, see docs/decisions/016.
      'Somewhere else': ['a photo', 'a picture', 'an image'],
    }),
  },
  SHOT_TYPES: {
    name: 'Shot types',
    description: 'How the picture was taken; one of them.',
    isExclusive: true,
    threshold: 0.5,
    labels: of({
      'Extreme close-up': ['an extreme close-up photo', 'a macro photo of a small detail'],
      'Close-up': ['a close-up portrait of a face', 'a close-up photo of one object'],
      'Medium shot': ['a photo of a person from the waist up', 'a medium shot'],
      'Full shot': ['a full-length photo of a person, from head to foot', 'a full shot'],
      'Wide shot': ['a wide-angle photo of a landscape', 'a wide shot of a large scene'],
      Aerial: ['an aerial photo taken from a drone', "a bird's-eye view"],
      'Top view': ['a photo taken from directly above', 'a flat lay photo of things on a table'],
      Silhouette: ['a silhouette against a bright sky', 'a backlit photo'],
    }),
  },
} as const satisfies Readonly<Record<string, LabelSetFile & { name: string }>>;

export type ReadyMadeSet = keyof typeof READY_MADE_SETS;
