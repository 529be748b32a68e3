import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PROMETHEUS_DIRECTORY } from './prometheus-config';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const COMPARISON = /\s*[<>=!]=?\s*[\d.]+\s*$/;

export interface Alert {
  readonly name: string;
  /**
   * The value that the alert compares with its limit; it must have data even when the alert is quiet.
   * Undefined when the expression does not end in a comparison.
   */
  readonly measured: string | undefined;
}

/** Every alert of the project. */
export function readAlerts(): Alert[] {
  const { groups } = parse(readFileSync(join(PROMETHEUS_DIRECTORY, 'alerts.yml'), 'utf8')) as Rules;
  return groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr }) => ({
      name: alert,
      measured: COMPARISON.test(expr) ? expr.replace(COMPARISON, '') : undefined,
    })),
  );
}
