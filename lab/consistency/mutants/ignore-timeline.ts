import type * as PositionQuery from '../../../libs/db-routing/src/postgres/position/position-query';
import type * as Probe from '../../../libs/db-routing/src/postgres/position/probe';
import { internal, internalFile } from '../../db-routing-internals';
import { replaceExports, replaceMethod } from './replace';

const { NodeProbe } = internal('postgres/position/probe') as typeof Probe;
const positionQuery = internal('postgres/position/position-query') as typeof PositionQuery;

/** Mutant: compares positions by LSN only, as if there were only one timeline. */
const TIMELINE = 1;

replaceMethod(NodeProbe, 'ask', (ask) => async () => ({ ...(await ask()), timeline: TIMELINE }));

replaceExports(positionQuery, internalFile('postgres/position/position-query'), {
  positionIn: (result) => {
    const position = positionQuery.positionIn(result);
    return position && { ...position, timeline: TIMELINE };
  },
});
