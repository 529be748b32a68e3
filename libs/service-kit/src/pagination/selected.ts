/** Columns as a SELECT or a query builder names them: each as it is called in the answer. */
export function selected(columns: Readonly<Record<string, string>>): string[] {
  return Object.entries(columns).map(([name, column]) => `${column} AS "${name}"`);
}
