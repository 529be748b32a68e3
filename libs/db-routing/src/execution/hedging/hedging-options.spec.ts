import { ConfigurationError } from '../../errors';
import { type HedgingOptions, hedgingSettings } from './hedging-options';

describe('the settings of hedging', () => {
  it('have defaults', () => {
    expect(hedgingSettings({})).toEqual({ percentile: 0.95, minDelayMs: 2, maxShare: 0.05 });
  });

  it.each<[HedgingOptions, string]>([
    [{ percentile: 0.4 }, 'hedging.percentile is 0.4: must be at least 0.5 and below 1'],
    [{ percentile: 1 }, 'hedging.percentile is 1: must be at least 0.5 and below 1'],
    [{ minDelayMs: 0 }, 'hedging.minDelayMs is 0: must be at least 1'],
    [{ minDelayMs: Infinity }, 'hedging.minDelayMs is Infinity: must be at least 1'],
    [{ maxShare: 0 }, 'hedging.maxShare is 0: must be above 0 and at most 1'],
    [{ maxShare: NaN }, 'hedging.maxShare is NaN: must be above 0 and at most 1'],
  ])('%j is refused', (options, message) => {
    expect(() => hedgingSettings(options)).toThrow(ConfigurationError);
    expect(() => hedgingSettings(options)).toThrow(message);
  });
});
