import { StatementClassifier } from '../classifier';

describe('what a transaction statement asks for', () => {
  beforeAll(() => StatementClassifier.load());
  const classifier = new StatementClassifier();

  it.each([
    ['BEGIN', 'begin', {}],
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'begin', { isolationLevel: 'serializable' }],
    [
      'begin isolation level repeatable read, read only',
      'begin',
      { isolationLevel: 'repeatable read', readOnly: true },
    ],
    ['BEGIN READ WRITE', 'begin', { readOnly: false }],
    ['BEGIN READ ONLY READ WRITE', 'begin', { readOnly: false }],
    ['BEGIN DEFERRABLE', 'begin', { deferrable: true }],
    [
      'BEGIN NOT DEFERRABLE ISOLATION LEVEL READ UNCOMMITTED',
      'begin',
      { deferrable: false, isolationLevel: 'read uncommitted' },
    ],
    ['COMMIT', 'commit', {}],
    ['END', 'commit', {}],
    ['COMMIT AND CHAIN', 'commit', { chain: true }],
    ['COMMIT AND NO CHAIN', 'commit', {}],
    ['ROLLBACK', 'rollback', {}],
    ['ABORT', 'rollback', {}],
    ['ROLLBACK AND CHAIN', 'rollback', { chain: true }],
    ['SAVEPOINT "a b"', 'savepoint', { savepoint: 'a b' }],
    ['SAVEPOINT TypeORM_1', 'savepoint', { savepoint: 'typeorm_1' }],
    ['RELEASE SAVEPOINT a', 'release-savepoint', { savepoint: 'a' }],
    ['ROLLBACK TO SAVEPOINT a', 'rollback-to-savepoint', { savepoint: 'a' }],
    ["PREPARE TRANSACTION 'g'", 'prepare-transaction', { preparedId: 'g' }],
    ["COMMIT PREPARED 'g'", 'commit-prepared', { preparedId: 'g' }],
    ["ROLLBACK PREPARED 'g'", 'rollback-prepared', { preparedId: 'g' }],
    ['SET TRANSACTION READ ONLY', 'set', { readOnly: true }],
    [
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED',
      'set',
      { isolationLevel: 'read committed' },
    ],
  ])('%s', (text, kind, transaction) => {
    expect(classifier.classify(text)).toMatchObject({ kind, target: 'primary' });
    expect(classifier.classify(text).transaction).toEqual(transaction);
  });

  it.each(['SELECT 1', "SET work_mem = '8MB'", 'SELECT 1; BEGIN'])('is absent from %s', (text) => {
    expect(classifier.classify(text).transaction).toBeUndefined();
  });
});
