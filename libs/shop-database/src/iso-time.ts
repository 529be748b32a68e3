/**
 * SQL that writes a `timestamptz` column in the format of `Date.toISOString()`, which saves creating a Date
 * for each row.
 */
export function isoTime(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
