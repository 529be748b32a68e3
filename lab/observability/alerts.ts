import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROMETHEUS_DIRECTORY } from './prometheus-config';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert?: string; readonly expr: string }[];
  }[];
}

/** Not the `=~` of a label, which a quote follows. */
const COMPARISON = /\s*[<>=!]=?\s*[\d.]+(?=\s|$)/g;
const ENDS_IN_COMPARISON = new RegExp(`${COMPARISON.source}\\s*$`);

export interface Alert {
  readonly name: string;
  /**
   * The values that the alert compares with its limits; they must have data even when the alert is quiet.
   * Undefined when the expression does not end in a comparison.
   */
  readonly measured: string | undefined;
}

/** Every alert of the project. */
export function readAlerts(): Alert[] {
  const { groups } = parse(readFileSync(join(PROMETHEUS_DIRECTORY, 'alerts.yml'), 'utf8')) as Rules;
  return groups.flatMap(({ rules }) =>
    rules.flatMap(({ alert, expr }) => {
      // The others record a series for the alerts.
      if (alert === undefined) return [];
      return [
        { name: alert, measured: ENDS_IN_COMPARISON.test(expr) ? expr.replace(COMPARISON, '') : undefined },
      ];
    }),
  );
}
