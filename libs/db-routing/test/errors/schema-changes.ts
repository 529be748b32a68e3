/** Migrations run in another process, so none of them goes through the pool under test. */
export interface Change {
  readonly name: string;
  readonly before: string[];
  readonly changes: string[];
  /** A value that is valid before and after the change. */
  readonly value: unknown;
}

export const CHANGES: readonly Change[] = [
  {
    name: 'an enum as TypeORM migrates it',
    before: ["CREATE TYPE kind AS ENUM ('a', 'b')", 'CREATE TABLE thing (id serial PRIMARY KEY, v kind)'],
    changes: [
      'BEGIN',
      'ALTER TYPE kind RENAME TO kind_old',
      "CREATE TYPE kind AS ENUM ('a', 'b', 'c')",
      'ALTER TABLE thing ALTER COLUMN v TYPE kind USING v::text::kind',
      'DROP TYPE kind_old',
      'COMMIT',
    ],
    value: 'a',
  },
  {
    name: 'an enum in an array, with a default',
    before: [
      "CREATE TYPE kind AS ENUM ('a', 'b')",
      "CREATE TABLE thing (id serial PRIMARY KEY, v kind[] NOT NULL DEFAULT '{a}')",
    ],
    changes: [
      'BEGIN',
      'ALTER TYPE kind RENAME TO kind_old',
      "CREATE TYPE kind AS ENUM ('a', 'c')",
      'ALTER TABLE thing ALTER COLUMN v DROP DEFAULT',
      'ALTER TABLE thing ALTER COLUMN v TYPE kind[] USING v::text::kind[]',
      "ALTER TABLE thing ALTER COLUMN v SET DEFAULT '{c}'",
      'DROP TYPE kind_old',
      'COMMIT',
    ],
    value: ['a'],
  },
  {
    name: 'an integer that becomes a bigint',
    before: ['CREATE TABLE thing (id serial PRIMARY KEY, v int)'],
    changes: ['ALTER TABLE thing ALTER COLUMN v TYPE bigint'],
    value: 1,
  },
  {
    name: 'an integer that becomes a text',
    before: ['CREATE TABLE thing (id serial PRIMARY KEY, v int)'],
    changes: ['ALTER TABLE thing ALTER COLUMN v TYPE text'],
    value: 1,
  },
  {
    name: 'a domain that is dropped and made again',
    before: ['CREATE DOMAIN short AS text', 'CREATE TABLE thing (id serial PRIMARY KEY, v short)'],
    changes: [
      'BEGIN',
      'ALTER TABLE thing ALTER COLUMN v TYPE text',
      'DROP DOMAIN short',
      'CREATE DOMAIN short AS text CHECK (length(VALUE) < 9)',
      'ALTER TABLE thing ALTER COLUMN v TYPE short',
      'COMMIT',
    ],
    value: 'x',
  },
  {
    name: 'an extension that is dropped and made again',
    before: ['CREATE EXTENSION citext', 'CREATE TABLE thing (id serial PRIMARY KEY, v citext)'],
    changes: [
      'BEGIN',
      'ALTER TABLE thing ALTER COLUMN v TYPE text',
      'DROP EXTENSION citext',
      'CREATE EXTENSION citext',
      'ALTER TABLE thing ALTER COLUMN v TYPE citext',
      'COMMIT',
    ],
    value: 'x',
  },
  {
    name: 'a table that is dropped and made again',
    before: ['CREATE TABLE thing (id serial PRIMARY KEY, v text)'],
    changes: [
      'BEGIN',
      'DROP TABLE thing',
      'CREATE TABLE thing (id serial PRIMARY KEY, w int, v text)',
      'GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC',
      'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC',
      'COMMIT',
    ],
    value: 'x',
  },
];
