import { AsyncLocalStorage } from 'node:async_hooks';
import { asyncContext } from './async-context';

describe('the async context of a caller', () => {
  const storage = new AsyncLocalStorage<string>();

  it('is that of the call, wherever it is used', () => {
    const inContext = storage.run('caller', asyncContext);
    expect(storage.run('other', () => inContext(() => storage.getStore()))).toBe('caller');
    expect(inContext(() => storage.getStore())).toBe('caller');
    expect(storage.getStore()).toBeUndefined();
  });

  it('holds for what the function awaits', async () => {
    const inContext = storage.run('caller', asyncContext);
    const seen = await inContext(async () => {
      await new Promise(setImmediate);
      return storage.getStore();
    });
    expect(seen).toBe('caller');
  });

  it('may be empty', () => {
    const inContext = asyncContext();
    expect(storage.run('other', () => inContext(() => storage.getStore()))).toBeUndefined();
  });

  it('passes on what the function throws', () => {
    const fail = () => {
      throw new Error('failed');
    };
    expect(() => asyncContext()(fail)).toThrow('failed');
  });
});
