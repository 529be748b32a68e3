import { readArguments } from './arguments';

const read = (...argv: string[]) => readArguments(argv, [15, 16, 17, 18], [15, 16, 17]);

describe('the options of npm run lab -- versions', () => {
  it.each([
    [[], { versions: [15, 16, 17], isSmoke: false }],
    [['--smoke'], { versions: [15, 16, 17], isSmoke: true }],
    [['--only', '15,17', '--only', '18', '--only', '15'], { versions: [15, 17, 18], isSmoke: false }],
  ])('%j', (argv, expected) => {
    expect(read(...argv)).toEqual(expected);
  });

  it('names what it does not know, and what there is', () => {
    expect(() => read('--only', '14,15')).toThrow('--only is 14; the versions are: 15, 16, 17, 18');
    expect(() => read('--only', '')).toThrow('--only is ; the versions are');
    expect(() => read('--quick')).toThrow('Options: --only VERSION');
  });
});
