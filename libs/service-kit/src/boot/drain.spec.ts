import { drain, type Drainable } from './drain';

const NEVER_MS = 60_000;

describe('drain', () => {
  it('reports not ready before it closes anything', async () => {
    const events: string[] = [];
    const app: Drainable = {
      beginDrain: () => events.push('not ready'),
      close: () => Promise.resolve(void events.push('closed')),
    };
    expect(await drain(app, { delayMs: 0, timeoutMs: NEVER_MS })).toBe('drained');
    expect(events).toEqual(['not ready', 'closed']);
  });

  it('gives up at its time limit', async () => {
    const app: Drainable = { beginDrain: () => undefined, close: () => new Promise(() => undefined) };
    expect(await drain(app, { delayMs: 0, timeoutMs: 1 })).toBe('timed-out');
  });

  it('rethrows errors from closing', async () => {
    const app: Drainable = { beginDrain: () => undefined, close: () => Promise.reject(new Error('stuck')) };
    await expect(drain(app, { delayMs: 0, timeoutMs: NEVER_MS })).rejects.toThrow('stuck');
  });
});
