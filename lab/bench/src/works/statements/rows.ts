import { ROWS } from '../../peers/peer';
import { pick, type StatementWork } from './statement-work';

export const rows: StatementWork = {
  name: 'rows',
  title: `${ROWS.toLocaleString('en-US')} rows of five columns, as SQL text`,
  callers: [8],
  contenders: ['RoutedPool', 'pg.Pool'],
  operation(peer, { orders }) {
    const { rows: read } = peer;
    return read && (async () => (await read(pick(orders).id)) === ROWS);
  },
};
