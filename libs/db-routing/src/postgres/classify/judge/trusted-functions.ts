import { ConfigurationError } from '../../../errors';
import type { QualifiedName } from '../../../engine/statement';

const NAME = /^(?:(?<schema>[^.()]+)\.)?(?<name>[^.()]+)$/;
const OWN_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

/**
 * Functions that the owner of the database vouches for, as 'name' (in every schema) or 'schema.name': they do
 * only what their label says. IMMUTABLE and STABLE ones are reads that a replica may run, VOLATILE ones may
 * write. None of them leaves anything in its backend session or changes definitions.
 */
export class TrustedFunctions {
  readonly #names: ReadonlySet<string>;

  /**
   * Throws ConfigurationError when an entry is not a name, or names a function of PostgreSQL, whose effects
   * are known.
   */
  constructor(names: readonly string[]) {
    for (const name of names) {
      const groups = NAME.exec(name)?.groups;
      if (groups === undefined) {
        throw new ConfigurationError(
          'trustedFunctions',
          name,
          "must be 'name' or 'schema.name', without arguments",
        );
      }
      if (OWN_SCHEMAS.has(groups['schema'] ?? '')) {
        throw new ConfigurationError(
          'trustedFunctions',
          name,
          "must be a function of yours: PostgreSQL's are known",
        );
      }
    }
    this.#names = new Set(names);
  }

  has({ schema, name }: QualifiedName): boolean {
    return this.#names.has(name) || (schema !== undefined && this.#names.has(`${schema}.${name}`));
  }
}
