import { EventCursor } from './event-cursor';

const at = (horizon: string, timeline = 1) => ({ timeline, horizon });

describe('EventCursor', () => {
  it('knows what was told, and writes what a read from the horizon would return again', () => {
    const cursor = new EventCursor(at('100'));
    expect(cursor.tell({ id: '7', transactionId: '105' })).toBe(true);
    expect(cursor.tell({ id: '7', transactionId: '105' })).toBe(false);
    cursor.advance(at('105'));
    expect(cursor.toString()).toBe('1.105:7');
    cursor.advance(at('106'));
    expect(cursor.toString()).toBe('1.106');
    expect(cursor.tell({ id: '7', transactionId: '105' })).toBe(false);
  });

  it('resumes where it was written, and keeps what was told until the transactions are known', () => {
    const cursor = EventCursor.parse('1.105:7,9')!;
    expect([cursor.timeline, cursor.horizon]).toEqual([1, '105']);
    expect(cursor.tell({ id: '9', transactionId: '120' })).toBe(false);
    cursor.advance(at('110'));
    expect(cursor.toString()).toBe('1.110:9');
  });

  it('begins earlier on another timeline, whose transactions may have the same ids', () => {
    expect(new EventCursor(at('20000')).horizonElsewhere).toBe('10000');
    expect(new EventCursor(at('9000')).horizonElsewhere).toBe('3');
    const cursor = new EventCursor(at('100'));
    cursor.advance(at('90', 2));
    expect(cursor.toString()).toBe('2.90');
  });

  it('remembers the last fifty events', () => {
    const cursor = new EventCursor(at('1'));
    for (let id = 1; id <= 51; id++) cursor.tell({ id: String(id), transactionId: '5' });
    expect(EventCursor.parse(cursor.toString())?.toString()).toBe(cursor.toString());
    expect(cursor.tell({ id: '1', transactionId: '5' })).toBe(true);
  });

  it.each([
    '',
    'now',
    '-1',
    '105',
    '1.',
    '1.1:',
    '1.1:a',
    '1.1,2',
    `${2 ** 31}.1`,
    `1.${2n ** 64n}`,
    `1.1:${2n ** 63n}`,
    `1.1:${Array(51).fill(1).join(',')}`,
  ])('refuses %j', (text) => {
    expect(EventCursor.parse(text)).toBeUndefined();
  });
});
