import { type PreparedEntry, PreparedStatements } from './prepared-statements';

describe('the statements of a connection', () => {
  let nowMs = 0;
  const open = (threshold: number) =>
    new PreparedStatements({
      threshold,
      maxPrepared: 2,
      clock: { now: () => nowMs, after: () => ({ cancel: () => undefined }), afterArrivals: setImmediate },
    });
  function prepare(
    book: PreparedStatements,
    text: string,
  ): { entry: PreparedEntry; evicted: string | undefined } {
    const entry = book.use(text, undefined);
    entry.isSingle = true;
    const evicted = book.startPreparing(entry);
    book.markPrepared(entry);
    return { entry, evicted };
  }

  it('are prepared at the use that reaches the threshold, if they are single ones', () => {
    const book = open(3);
    const uses = [1, 2, 3, 4].map(() => {
      const entry = book.use('SELECT 1', undefined);
      return [book.shouldPrepare(entry, false), (entry.isSingle = true)][0];
    });
    expect(uses).toEqual([false, false, true, true]);
    expect(book.shouldPrepare(book.use('SELECT 2', undefined), true)).toBe(false);
  });

  it('are not used by name while the server may still refuse it', () => {
    const book = open(1);
    const entry = book.use('SELECT 1', undefined);
    entry.isSingle = true;
    book.startPreparing(entry);
    expect(book.shouldPrepare(entry, false)).toBe(false);
    expect(entry.state).toBe('preparing');
    book.markUnprepared(entry);
    expect([entry.state, entry.name, book.preparedCount]).toEqual(['counted', '', 0]);
  });

  it('make room for others, the one used longest ago first', () => {
    const book = open(1);
    const first = prepare(book, 'SELECT 1').entry;
    const second = prepare(book, 'SELECT 2').entry;
    book.use('SELECT 1', undefined);
    expect(prepare(book, 'SELECT 3').evicted).toBe(second.name);
    expect(book.preparedCount).toBe(2);
    expect(book.use('SELECT 1', undefined)).toBe(first);
    expect(book.use('SELECT 2', undefined).state).toBe('counted');
  });

  it('get a new name after they were forgotten, and are forgotten once', () => {
    const book = open(1);
    const before = prepare(book, 'SELECT 1').entry;
    expect([book.forget(before), book.forget(before)]).toEqual([true, false]);
    expect(prepare(book, 'SELECT 1').entry.name).not.toBe(before.name);
  });

  it('are old after a minute, and then it does not matter how often they were used', () => {
    const book = open(1);
    const { entry } = prepare(book, 'SELECT 1');
    nowMs += 60_000;
    book.use('SELECT 1', undefined);
    expect(book.isOld(entry)).toBe(false);
    nowMs += 1;
    expect(book.isOld(entry)).toBe(true);
    expect(book.isOld(book.use('SELECT 2', undefined))).toBe(false);
  });

  it('are counted for a bounded number of texts', () => {
    const book = open(5);
    for (let text = 0; text < 9; text++) book.use(`SELECT ${text}`, undefined);
    expect(book.use('SELECT 8', undefined).uses).toBe(2);
    expect(book.use('SELECT 0', undefined).uses).toBe(1);
  });

  it('keep to one text for each name of a caller', () => {
    const book = open(5);
    book.use('SELECT 1', 'mine');
    expect(() => book.use('SELECT 2', 'mine')).toThrow("'mine' was used for a different statement");
  });
});
