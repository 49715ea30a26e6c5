const MANNERS = ['', 'a photo of ', 'an old picture of ', 'a close-up of ', 'a blurred photo of '];
const THINGS = (
  'a red bicycle,two children,an empty street,a bowl of fruit,a sleeping dog,a wooden door,a crowd of people,' +
  'a glass of wine,a white horse,a rusty car,a stone bridge,a yellow flower,a sailing boat,a pile of books,a black cat'
).split(',');
const PLACES = ['', ' in the rain', ' at night', ' by the sea', ' in a garden', ' in front of a church', ' in winter'];

/** Texts that people may search by, no two the same: 525 of them, neighbours unlike each other. */
export function* queryTexts() {
  const texts = MANNERS.flatMap((manner) =>
    PLACES.flatMap((place) => THINGS.map((thing) => `${manner}${thing}${place}`)),
  );
  // Prime, and no divisor of their number: every text comes up once.
  const stride = 211;
  for (let index = 0; index < texts.length; index++) yield texts[(index * stride) % texts.length];
}
