import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join('docker', 'observability', 'grafana', 'dashboards');

/** Grafana's variables; the windows are wide enough for one scrape per second. */
const VARIABLES: Readonly<Record<string, string>> = { $__rate_interval: '15s', $__range: '5m' };

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

export interface PanelQuery {
  /** `<file>, <panel>`. */
  readonly where: string;
  readonly expression: string;
}

/** Every query of every panel of every dashboard. */
export function panelQueries(): PanelQuery[] {
  return readdirSync(DIRECTORY).flatMap((file) => {
    const { panels } = JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as { panels: Panel[] };
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `${file}, ${title}`, expression: substitute(expr) })),
    );
  });
}

function substitute(expression: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expression);
}
