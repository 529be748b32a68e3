import { createRequire } from 'node:module';
import { types } from 'pg';

/** Converts the text of a column (its bytes, for binary results) to the caller's value. */
export type TypeParser = (value: string | Buffer) => unknown;

/** Where type parsers come from: the driver, or a caller's own `types`. */
export interface TypeSource {
  getTypeParser(oid: number, format: string): TypeParser;
}

/** `pg.types`. */
export const driverTypes = types as unknown as TypeSource;

/** The driver's parser for types that have none. */
export const noParser = driverTypes.getTypeParser(Number.NaN, 'text');

interface ParserModule {
  readonly init: (register: (oid: number, parser: TypeParser) => void) => void;
}

/** `oid`s of pg_type. */
export const OID = { bool: 16, int8: 20, int2: 21, int4: 23, oid: 26, timestamptz: 1184 } as const;

/**
 * The parsers that the driver itself registers: an application may have replaced them in `pg.types` before
 * this module was loaded. Empty in a bundle that hides the driver's modules: then every value goes through
 * the parser in `pg.types`.
 */
const ofDriver = readDriverParsers();

function readDriverParsers(): ReadonlyMap<number, TypeParser> {
  const parsers = new Map<number, TypeParser>();
  try {
    const fromDriver = createRequire(createRequire(__filename).resolve('pg'));
    const { init } = fromDriver('pg-types/lib/textParsers') as ParserModule;
    init((oid, parser) => parsers.set(oid, parser));
  } catch {
    parsers.clear();
  }
  return parsers;
}

/** Whether the parser is the one that the driver itself has for the type. */
export function isDriversOwn(parser: TypeParser, oid: number): boolean {
  return ofDriver.get(oid) === parser;
}
