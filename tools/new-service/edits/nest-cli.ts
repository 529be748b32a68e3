import type { Changes } from '../changes';
import { lastService } from '../model';
import type { NewService } from '../new-service';

interface NestCli {
  readonly projects: Readonly<Record<string, object>>;
}

/** Adds the service to the projects that `nest build` knows. */
export function addProject(changes: Changes, { name }: NewService): void {
  changes.edit('nest-cli.json', (text) => {
    const settings = JSON.parse(text) as NestCli;
    const projects = Object.entries(settings.projects);
    const index = projects.findIndex(([project]) => project === lastService);
    const root = `apps/${name}`;
    const project = { type: 'application', root, entryFile: 'main', sourceRoot: `${root}/src` };
    return JSON.stringify(
      { ...settings, projects: Object.fromEntries(projects.toSpliced(index + 1, 0, [name, project])) },
      null,
      2,
    );
  });
}
