import { until } from '@app/postgres-cluster';
import type { FaultRow } from '../row';
import { describeFailures } from '../../load/statistics';

const LOCK_TIMEOUT_MS = 100;
const ROUNDS = 4;
/**
 * The second pair changes the type of a column that the services read: prepared statements must survive it.
 */
const CHANGES = [
  'ALTER TABLE orders ADD COLUMN note text',
  'ALTER TABLE orders ALTER COLUMN status TYPE varchar(20)',
  `ALTER TABLE products ADD COLUMN weight_grams integer NOT NULL DEFAULT 0`,
  'ALTER TABLE orders ALTER COLUMN status TYPE text',
  'ALTER TABLE orders DROP COLUMN note',
  'ALTER TABLE products DROP COLUMN weight_grams',
];

export const migration: FaultRow = {
  name: 'migration',
  fault: 'migration under load',
  guarantee: 'ALTER TABLE with a lock_timeout, retried until it gets its lock, causes no errors',
  bar: 'no 5xx',
  run: async ({ rig, observe }) => {
    const { primary } = rig.cluster;
    let attempts = 0;
    await observe(1_000);
    for (let round = 0; round < ROUNDS; round++) {
      for (const change of CHANGES) {
        await until(change, async () => {
          attempts += 1;
          await primary.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}; ${change}`);
          return true;
        });
        await observe(200);
      }
    }
    const changes = ROUNDS * CHANGES.length;
    return [{ what: 'changes', measured: `${changes} in ${attempts} attempts`, isMet: true }];
  },
  conclude: (operations) => {
    const wrong = operations.filter(({ status }) => status >= 500 || status === 0);
    return [
      {
        what: '5xx',
        measured: `${wrong.length} of ${operations.length} ${describeFailures(wrong)}`.trim(),
        isMet: wrong.length === 0 && operations.length > 0,
      },
    ];
  },
};
