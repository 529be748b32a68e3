import type { SeededRandom } from './random';

export interface SeedProduct {
  sku: string;
  name: string;
  price_cents: number;
  stock: number;
}

const things = [
  'Mug',
  'Bowl',
  'Plate',
  'Teapot',
  'Lamp',
  'Chair',
  'Stool',
  'Table',
  'Shelf',
  'Clock',
  'Vase',
  'Basket',
  'Blanket',
  'Cushion',
  'Rug',
  'Notebook',
  'Pen',
  'Bag',
  'Hat',
  'Scarf',
];
const variants = ['Amber', 'Birch', 'Coral', 'Denim', 'Ebony', 'Fern', 'Grey', 'Honey', 'Indigo', 'Jade'];

/** 20 things in 10 variants: `MUG-AMBER`, "Amber mug", and so on. */
export function seedProducts(random: SeededRandom): SeedProduct[] {
  return things.flatMap((thing) =>
    variants.map((variant) => ({
      sku: `${thing}-${variant}`.toUpperCase(),
      name: `${variant} ${thing.toLowerCase()}`,
      price_cents: random.between(2, 200) * 100 - random.pick([1, 5, 10, 50]),
      stock: random.between(50, 500),
    })),
  );
}
