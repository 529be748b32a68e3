import { createContext, runInContext } from 'node:vm';
import { noParser } from './driver-parsers';
import { type DecoderFactory, RowDecoders, type RowLayout } from './row-decoder';

const layout: RowLayout = { names: ['a'], kinds: ['string'], isArray: false };

describe('RowDecoders', () => {
  it('compiles a layout once for all statements', () => {
    const decode = () => 'a row';
    const compile = jest.fn<DecoderFactory, [string]>(() => () => decode);
    const decoders = new RowDecoders(compile);
    for (let use = 0; use < 3; use++) {
      expect(decoders.decoder({ ...layout }, [noParser])).toBe(decode);
    }
    expect(compile).toHaveBeenCalledTimes(1);
  });

  it('does without code in a process that must not generate any', () => {
    const strict = createContext({}, { codeGeneration: { strings: false, wasm: true } });
    const compile = runInContext('(source) => new Function(source)', strict) as () => DecoderFactory;
    const decoders = new RowDecoders(compile);
    expect(decoders.decoder(layout, [noParser])).toBeUndefined();
    expect(decoders.decoder(layout, [noParser])).toBeUndefined();
  });

  it('leaves rows of very many columns to the loop', () => {
    const names = Array.from({ length: 101 }, (_, i) => `c${i}`);
    const wide: RowLayout = { names, kinds: names.map(() => 'string'), isArray: false };
    expect(
      new RowDecoders().decoder(
        wide,
        names.map(() => noParser),
      ),
    ).toBeUndefined();
  });
});
