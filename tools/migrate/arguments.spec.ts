import { ConfigError } from '@app/service-kit';
import { readArguments } from './arguments';

describe('the arguments of migrate', () => {
  it.each([
    [[], { seed: false }],
    [['--seed'], { seed: true }],
    [['--wait'], { waitTimeoutMs: 300_000 }],
    [['--wait=1'], { waitTimeoutMs: 1_000 }],
    [['--wait=3600'], { waitTimeoutMs: 3_600_000 }],
  ])('understands %j', (argv, expected) => {
    expect(readArguments(argv)).toEqual(expected);
  });

  it.each([
    [['--sed'], '--sed is not an option; use --seed or --wait[=SECONDS]'],
    [['--wait=0'], '--wait=0 must be a whole number of seconds from 1 to 3600'],
    [['--wait=3601'], '--wait=3601 must be a whole number of seconds from 1 to 3600'],
    [['--wait='], '--wait= must be a whole number of seconds from 1 to 3600'],
    [['--wait=soon'], '--wait=soon must be a whole number of seconds from 1 to 3600'],
    [['--wait', '--seed'], '--wait only reads, so it cannot be combined with --seed'],
  ])('refuses %j and gives the reason', (argv, problem) => {
    const refusal = expect.objectContaining({ problems: [problem] });
    expect(() => readArguments(argv)).toThrow(ConfigError);
    expect(() => readArguments(argv)).toThrow(refusal);
  });
});
