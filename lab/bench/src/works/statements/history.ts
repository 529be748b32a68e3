import { PAGE_SIZE } from '../../peers/peer';
import { pick, type StatementWork } from './statement-work';

export const history: StatementWork = {
  name: 'history',
  title: `The newest ${PAGE_SIZE} orders of a customer`,
  operation(peer, { customers }) {
    const { history: read } = peer;
    return read && (async () => (await read(pick(customers))) === PAGE_SIZE);
  },
};
