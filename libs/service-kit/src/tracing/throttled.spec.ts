import { throttled } from './throttled';

it('acts once per interval', () => {
  let nowMs = 0;
  const said: string[] = [];
  const say = throttled(
    (word: string) => void said.push(word),
    1_000,
    () => nowMs,
  );
  say('first');
  nowMs = 999;
  say('too soon');
  nowMs = 1_000;
  say('second');
  expect(said).toEqual(['first', 'second']);
});
