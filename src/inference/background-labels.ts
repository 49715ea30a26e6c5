/**
 * What a picture may show instead of a label, over the whole range of everyday pictures: the alternatives that an
 * independent label is weighed against by a model without a probability per pair. Why so, and what was measured:
 * docs/decisions/001-independent-label-probabilities.md.
 */
export const BACKGROUND_LABELS: readonly string[] = `
  person, group of people, face, child, dog, cat, bird, fish, insect, wild animal, farm animal, tree, flower,
  leaf, fruit, vegetable, meal, dessert, drink, house, tower, bridge, church, street, road, room, kitchen,
  bedroom, office, shop, chair, table, lamp, car, bicycle, train, boat, aeroplane, mountain, forest, field,
  beach, sea, river, sky, snow, night, fire, tool, machine, electronic device, computer, telephone, camera, book,
  document, sign, map, drawing, painting, statue, toy, ball, sport, game, musical instrument, clothing, shoe,
  hat, bag, jewellery, bottle, box, cup, paper, metal, glass, wood, stone, fabric, plastic, rubbish, pattern,
  texture, logo, diagram, medical scan, planet, weapon, flag, money, clock
`
  .trim()
  .split(/,\s+/);
