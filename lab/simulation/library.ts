import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Ambient from '../../libs/db-routing/src/ambient';
import type * as Clocks from '../../libs/db-routing/src/clock';
import type * as Limits from '../../libs/db-routing/src/execution/limits/request-limits';
import type * as Stale from '../../libs/db-routing/src/engine/stale-position-error';
import type * as Clients from '../../libs/db-routing/src/postgres/pool/client/routed-client';
import type * as Options from '../../libs/db-routing/src/postgres/pool/options/options';
import type * as Parts from '../../libs/db-routing/src/postgres/pool/pool-parts';
import type * as Positions from '../../libs/db-routing/src/postgres/position/wal-position';
import type * as Lsns from '../../libs/db-routing/src/postgres/position/lsn';
import type * as Errors from '../../libs/db-routing/src/postgres/protocol/postgres-errors';
import type * as Carriers from '../../libs/db-routing/src/consistency/token-carrier';
import type * as Decisions from '../../libs/db-routing/src/routing/decide';
import type * as Attributes from '../../libs/db-routing/src/routing/attributes';
import type * as Texts from '../../libs/db-routing/src/routing/text/text-facts';
import type * as Traces from '../../libs/db-routing/src/routing/route-trace';
import { internalFile } from '../db-routing-internals';

const load = createRequire(__filename);

/**
 * The library's code above the engine port, which no entry point exports. A spec runs its sources, without a
 * build; the command runs the built package, which a mutant may have changed.
 */
function inside(name: string): unknown {
  const isSource = __filename.endsWith('.ts');
  return load(isSource ? join(__dirname, '../../libs/db-routing/src', name) : internalFile(name));
}

export const { PoolParts } = inside('postgres/pool/pool-parts') as typeof Parts;
export const { RoutedClient } = inside('postgres/pool/client/routed-client') as typeof Clients;
export const { resolveOptions } = inside('postgres/pool/options/options') as typeof Options;
export const { postgresErrors } = inside('postgres/protocol/postgres-errors') as typeof Errors;
export const { ConsistencyTokens, lsnOf } = inside('postgres/position/wal-position') as typeof Positions;
export const { Lsn } = inside('postgres/position/lsn') as typeof Lsns;
export const { StalePositionError } = inside('engine/stale-position-error') as typeof Stale;
export const { RequestLimits } = inside('execution/limits/request-limits') as typeof Limits;
export const { systemClock } = inside('clock') as typeof Clocks;
export const { decide } = inside('routing/decide') as typeof Decisions;
export const { RouteTrace } = inside('routing/route-trace') as typeof Traces;
export const { TokenCarrier } = inside('consistency/token-carrier') as typeof Carriers;
export const { ambientWith } = inside('ambient') as typeof Ambient;
export const { ambientAttributes } = inside('routing/attributes') as typeof Attributes;
export const { textFacts } = inside('routing/text/text-facts') as typeof Texts;
