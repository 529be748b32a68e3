import { whichCluster } from './which-cluster';

/** `a=1`: name a answers for cluster 1. `a=1/x`: and leads to server x. `a`: has not answered. */
function members(text: string) {
  return text.split(' ').map((code) => {
    const [name = '', answer] = code.split('=');
    const [systemId, server] = answer?.split('/') ?? [];
    return { name, systemId, server };
  });
}

describe('the cluster that is meant', () => {
  it.each([
    ['a=1', 'open', '1'],
    ['a=1 b=1 c=1', 'open', '1'],
    ['a=2 b=1 c=1', 'open', '1'],
    ['a=1 b', 'open', 'uncertain'],
    ['a=1 b', 'over', '1'],
    ['a=1 b=1 c', 'open', '1'],
    ['a=2 b c', 'open', 'uncertain'],
    ['a=2 b=1 c', 'open', 'uncertain'],
    ['a=2 b=1 c', 'over', 'tied'],
    ['a=2 b=1', 'open', 'tied'],
    ['a=2 b=1 c=3', 'open', 'tied'],
    ['a=2 b=1 c=3 d=1', 'open', '1'],
    ['a=1/x b=1/x c=2/y', 'open', 'tied'],
    ['a=1/x b=1/x c=1/z d=2/y', 'open', '1'],
    ['a=1/x b=1/x c', 'open', 'uncertain'],
    ['a b', 'over', 'uncertain'],
  ])('%s, %s: %s', (text, time, expected) => {
    const verdict = whichCluster(members(text), time === 'over');
    expect(verdict.systemId ?? (verdict.isTied ? 'tied' : 'uncertain')).toBe(expected);
  });

  it('says whose answer is missing, and which sides there are', () => {
    expect(whichCluster(members('a=1 b c'), false)).toMatchObject({
      because: 'the cluster is not certain without an answer from b, c',
    });
    expect(whichCluster(members('a=1 b=2 c=2 d=1'), false)).toMatchObject({
      because: 'equally many nodes belong to different clusters: 1 (a, d) and 2 (b, c)',
    });
  });
});
