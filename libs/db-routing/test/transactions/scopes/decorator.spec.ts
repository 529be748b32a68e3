import { currentTransaction, Transactional } from '../../../src';
import { useLines } from '../lines';

describe('the decorator of a transaction', () => {
  const { lines, write } = useLines();

  class Desk {
    @Transactional()
    async place(who: string): Promise<string> {
      await write(who);
      if (who === 'bad') throw new Error('no');
      return currentTransaction()!.name;
    }

    @Transactional({ propagation: 'MANDATORY', name: 'must be inside' })
    async inside(): Promise<void> {
      await write('inside');
    }
  }

  it('commits, rolls back, names the method, keeps this and the arguments', async () => {
    const desk = new Desk();
    expect(await desk.place('a')).toBe('Desk.place');
    await expect(desk.place('bad')).rejects.toThrow('no');
    await expect(desk.inside()).rejects.toThrow("'must be inside' has propagation MANDATORY");
    expect(await lines()).toBe('a');
    expect(Desk.prototype.place.name).toBe('place');
  });
});
