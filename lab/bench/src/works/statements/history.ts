import { everyPeer } from '../../peers';
import { PAGE_SIZE } from '../../peers/peer';
import { pick, READ_CALLERS, type StatementWork } from './statement-work';

export const history: StatementWork = {
  name: 'history',
  title: `The newest ${PAGE_SIZE} orders of a customer`,
  callers: READ_CALLERS,
  contenders: everyPeer,
  operation(peer, { customers }) {
    const { history: read } = peer;
    return read && (async () => (await read(pick(customers))) === PAGE_SIZE);
  },
};
