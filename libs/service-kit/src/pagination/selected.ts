/** Columns as a query builder selects them: each under the name that it has in the answer. */
export function selected(columns: Readonly<Record<string, string>>): string[] {
  return Object.entries(columns).map(([name, column]) => `${column} AS "${name}"`);
}
