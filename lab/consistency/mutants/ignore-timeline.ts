import { NodeProbe } from '../../../libs/db-routing/src/postgres/position/probe';
import * as positionQuery from '../../../libs/db-routing/src/postgres/position/position-query';
import { replaceExports, replaceMethod } from './replace';

/** Mutant: positions are compared by LSN alone, as if there were but one timeline. */
const TIMELINE = 1;

replaceMethod(NodeProbe, 'ask', (ask) => async () => ({ ...(await ask()), timeline: TIMELINE }));

replaceExports(
  positionQuery,
  require.resolve('../../../libs/db-routing/src/postgres/position/position-query'),
  {
    positionIn: (result) => {
      const position = positionQuery.positionIn(result);
      return position && { ...position, timeline: TIMELINE };
    },
  },
);
