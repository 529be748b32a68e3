import { Bag } from './bag';

describe('a bag', () => {
  const items = Array.from({ length: 5 }, (_, name) => ({ name, at: 0 }));
  const [first, second, third, fourth, fifth] = items as [
    (typeof items)[0],
    (typeof items)[0],
    (typeof items)[0],
    (typeof items)[0],
    (typeof items)[0],
  ];

  it('has what was added and not deleted, whatever the order', () => {
    const bag = new Bag<(typeof items)[0]>();
    for (const item of items) bag.add(item);
    expect(bag.size).toBe(5);
    for (const item of [second, fifth, first]) expect(bag.delete(item)).toBe(true);
    expect(new Set(bag.all)).toEqual(new Set([third, fourth]));
    expect(bag.size).toBe(2);
    bag.add(second);
    expect(bag.delete(fourth)).toBe(true);
    expect(bag.delete(third)).toBe(true);
    expect(bag.all).toEqual([second]);
  });

  it('says that it does not have what was never added, or is deleted twice', () => {
    const bag = new Bag<(typeof items)[0]>();
    bag.add(first);
    expect(bag.delete(second)).toBe(false);
    expect(bag.delete(first)).toBe(true);
    expect(bag.delete(first)).toBe(false);
    expect(bag.size).toBe(0);
  });

  it('may be changed while a list of what is there is read', () => {
    const bag = new Bag<(typeof items)[0]>();
    for (const item of items) bag.add(item);
    for (const item of bag.all) bag.delete(item);
    expect(bag.size).toBe(0);
  });
});
