import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AmbientKey } from './ambient';

describe('an ambient value', () => {
  const one = new AmbientKey<string>('one');
  const other = new AmbientKey<string>('other');

  it('follows what is awaited and what is started, and ends with its function', async () => {
    await one.run('a', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(one.get()).toBe('a');
      await Promise.all(
        ['b', 'c'].map((value) =>
          other.run(value, async () => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            expect([one.get(), other.get()]).toEqual(['a', value]);
          }),
        ),
      );
      expect(other.get()).toBeUndefined();
    });
    expect(one.get()).toBeUndefined();
  });

  it('hides an outer one, also by undefined, and leaves those of other keys', () => {
    one.run('a', () =>
      other.run('x', () => {
        one.run('b', () => expect([one.get(), other.get()]).toEqual(['b', 'x']));
        one.run(undefined, () => expect([one.get(), other.get()]).toEqual([undefined, 'x']));
        expect(one.get()).toBe('a');
      }),
    );
  });

  it('keeps nothing of what it hides: a chain of callbacks does not grow', async () => {
    const kept: WeakRef<object>[] = [];
    const boxed = new AmbientKey<object>('boxed');
    const step = (left: number): Promise<void> =>
      boxed.run({ left }, async () => {
        kept.push(new WeakRef(boxed.get()!));
        await new Promise((resolve) => setImmediate(resolve));
        if (left > 0) setImmediate(() => void step(left - 1));
      });
    await step(200);
    while (kept.length < 201) await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    expect(kept.filter((ref) => ref.deref()).length).toBeLessThan(100);
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
